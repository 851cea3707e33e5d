package main

import (
	"bytes"
	"context"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Bytes, as processes see them, and as the last fsync has left them; or a socket.
type file struct {
	fs.Inode
	disk    *disk
	number  uint64
	mode    uint32
	links   uint32
	data    []byte
	version uint64
	kept    kept[[]byte]
}

func newFile(disk *disk, mode uint32) *file {
	disk.lastNumber++
	return &file{disk: disk, number: disk.lastNumber, mode: mode, links: 1}
}

// A file of which nothing was fsynced but its name is empty.
func (f *file) keptOn(disk *disk, copies map[*file]*file) *file {
	if copy := copies[f]; copy != nil {
		copy.links++
		return copy
	}
	copy := newFile(disk, f.mode)
	copy.data = f.kept.value
	copy.kept.value = bytes.Clone(copy.data)
	copies[f] = copy
	return copy
}

func (f *file) attributes(out *fuse.Attr) {
	out.Ino, out.Mode, out.Nlink, out.Size = f.number, f.mode, f.links, uint64(len(f.data))
}

func (f *file) resize(size int) {
	if size <= len(f.data) {
		f.data = f.data[:size]
	} else {
		f.data = append(f.data, make([]byte, size-len(f.data))...)
	}
	f.version++
}

func (f *file) Open(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if errno := f.disk.enter(); errno != fs.OK {
		return nil, 0, errno
	}
	defer f.disk.mutex.Unlock()
	return nil, 0, fs.OK
}

func (f *file) Read(ctx context.Context, handle fs.FileHandle, into []byte, offset int64) (fuse.ReadResult, syscall.Errno) {
	if errno := f.disk.enter(); errno != fs.OK {
		return nil, errno
	}
	defer f.disk.mutex.Unlock()
	from := min(int(offset), len(f.data))
	return fuse.ReadResultData(into[:copy(into, f.data[from:])]), fs.OK
}

func (f *file) Write(ctx context.Context, handle fs.FileHandle, data []byte, offset int64) (uint32, syscall.Errno) {
	if errno := f.disk.enter(); errno != fs.OK {
		return 0, errno
	}
	defer f.disk.mutex.Unlock()
	if end := int(offset) + len(data); end > len(f.data) {
		f.resize(end)
	}
	copy(f.data[offset:], data)
	f.version++
	return uint32(len(data)), fs.OK
}

func (f *file) Getattr(ctx context.Context, handle fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	if errno := f.disk.enter(); errno != fs.OK {
		return errno
	}
	defer f.disk.mutex.Unlock()
	f.attributes(&out.Attr)
	return fs.OK
}

func (f *file) Setattr(ctx context.Context, handle fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if errno := f.disk.enter(); errno != fs.OK {
		return errno
	}
	defer f.disk.mutex.Unlock()
	if size, isSet := in.GetSize(); isSet {
		f.resize(int(size))
	}
	if mode, isSet := in.GetMode(); isSet {
		f.mode = f.mode&syscall.S_IFMT | mode&^syscall.S_IFMT
	}
	f.attributes(&out.Attr)
	return fs.OK
}

func (f *file) Fsync(ctx context.Context, handle fs.FileHandle, flags uint32) syscall.Errno {
	return f.disk.fsync(func() (func(), bool) {
		data, version := bytes.Clone(f.data), f.version
		return func() {
			f.kept.keep(data, version)
			f.disk.fileFsyncs++
		}, version == f.kept.version
	})
}
