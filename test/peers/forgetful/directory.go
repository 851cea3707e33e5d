package main

import (
	"context"
	"maps"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// A name stands for a *directory or a *file.
type node interface {
	fs.InodeEmbedder
	attributes(out *fuse.Attr)
}

// Names, as processes see them, and as the last fsync has left them.
type directory struct {
	fs.Inode
	disk    *disk
	number  uint64
	names   map[string]node
	version uint64
	kept    kept[map[string]node]
}

func newDirectory(disk *disk) *directory {
	disk.lastNumber++
	return &directory{disk: disk, number: disk.lastNumber, names: map[string]node{}}
}

// What a power cut leaves, as nodes of the disk that comes after it. Hard links stay links.
func (d *directory) keptOn(disk *disk, copies map[*file]*file) *directory {
	copy := newDirectory(disk)
	for name, child := range d.kept.value {
		switch child := child.(type) {
		case *directory:
			copy.names[name] = child.keptOn(disk, copies)
		case *file:
			// A socket is a name that some process stands behind.
			if child.mode&syscall.S_IFMT == syscall.S_IFREG {
				copy.names[name] = child.keptOn(disk, copies)
			}
		}
	}
	copy.kept.value = maps.Clone(copy.names)
	return copy
}

func (d *directory) attributes(out *fuse.Attr) {
	out.Ino, out.Mode, out.Nlink = d.number, syscall.S_IFDIR|0o755, 2
}

func (d *directory) inode(ctx context.Context, child node, out *fuse.EntryOut) *fs.Inode {
	child.attributes(&out.Attr)
	stable := fs.StableAttr{Mode: out.Attr.Mode & syscall.S_IFMT, Ino: out.Attr.Ino}
	return d.NewInode(ctx, child, stable)
}

func (d *directory) set(name string, child node) {
	d.names[name] = child
	d.version++
}

func (d *directory) unset(name string) {
	if child, isFile := d.names[name].(*file); isFile {
		child.links--
	}
	delete(d.names, name)
	d.version++
}

// Enters a name that must not be there.
func (d *directory) add(ctx context.Context, name string, make func() node, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := d.disk.enter(); errno != fs.OK {
		return nil, errno
	}
	defer d.disk.mutex.Unlock()
	if d.names[name] != nil {
		return nil, syscall.EEXIST
	}
	child := make()
	d.set(name, child)
	return d.inode(ctx, child, out), fs.OK
}

func (d *directory) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := d.disk.enter(); errno != fs.OK {
		return nil, errno
	}
	defer d.disk.mutex.Unlock()
	child := d.names[name]
	if child == nil {
		return nil, syscall.ENOENT
	}
	return d.inode(ctx, child, out), fs.OK
}

func (d *directory) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	inode, errno := d.add(ctx, name, func() node { return newFile(d.disk, syscall.S_IFREG|mode) }, out)
	return inode, nil, 0, errno
}

func (d *directory) Mknod(ctx context.Context, name string, mode, device uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return d.add(ctx, name, func() node { return newFile(d.disk, mode) }, out)
}

func (d *directory) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return d.add(ctx, name, func() node { return newDirectory(d.disk) }, out)
}

func (d *directory) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return d.add(ctx, name, func() node {
		target.(*file).links++
		return target.(*file)
	}, out)
}

func (d *directory) Unlink(ctx context.Context, name string) syscall.Errno {
	if errno := d.disk.enter(); errno != fs.OK {
		return errno
	}
	defer d.disk.mutex.Unlock()
	d.unset(name)
	return fs.OK
}

func (d *directory) Rmdir(ctx context.Context, name string) syscall.Errno {
	if errno := d.disk.enter(); errno != fs.OK {
		return errno
	}
	defer d.disk.mutex.Unlock()
	if child, isDirectory := d.names[name].(*directory); isDirectory && len(child.names) > 0 {
		return syscall.ENOTEMPTY
	}
	d.unset(name)
	return fs.OK
}

func (d *directory) Rename(ctx context.Context, name string, parent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	if errno := d.disk.enter(); errno != fs.OK {
		return errno
	}
	defer d.disk.mutex.Unlock()
	if flags != 0 {
		return syscall.EINVAL
	}
	target := parent.(*directory)
	child := d.names[name]
	if replaced, isFile := target.names[newName].(*file); isFile {
		replaced.links--
	}
	target.set(newName, child)
	delete(d.names, name)
	d.version++
	return fs.OK
}

func (d *directory) Readdir(ctx context.Context) (fs.DirStream, syscall.Errno) {
	if errno := d.disk.enter(); errno != fs.OK {
		return nil, errno
	}
	defer d.disk.mutex.Unlock()
	entries := make([]fuse.DirEntry, 0, len(d.names))
	for name, child := range d.names {
		var attributes fuse.Attr
		child.attributes(&attributes)
		entries = append(entries, fuse.DirEntry{Name: name, Mode: attributes.Mode, Ino: attributes.Ino})
	}
	return fs.NewListDirStream(entries), fs.OK
}

func (d *directory) Getattr(ctx context.Context, handle fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	if errno := d.disk.enter(); errno != fs.OK {
		return errno
	}
	defer d.disk.mutex.Unlock()
	d.attributes(&out.Attr)
	return fs.OK
}

func (d *directory) Statfs(ctx context.Context, out *fuse.StatfsOut) syscall.Errno {
	out.Bsize, out.Frsize = 4096, 4096
	out.Blocks, out.Bfree, out.Bavail = 1<<20, 1<<20, 1<<20
	return fs.OK
}

func (d *directory) Fsync(ctx context.Context, handle fs.FileHandle, flags uint32) syscall.Errno {
	return d.disk.fsync(func() (func(), bool) {
		names, version := maps.Clone(d.names), d.version
		return func() {
			d.kept.keep(names, version)
			d.disk.directoryFsyncs++
		}, version == d.kept.version
	})
}
