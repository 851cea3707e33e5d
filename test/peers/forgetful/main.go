// A disk that forgets: a file system in memory that keeps over a power cut what was
// fsynced and nothing else. Bytes of a file are kept by an fsync of the file, names by
// one of their directory. It is told what to do over HTTP:
//
//	POST /cut              the power fails: every call fails with EIO, also those that wait
//	POST /mount            it is back, with what was kept
//	POST /delay?fsync=40ms each fsync takes so long from now on, any number side by side;
//	                       one that has nothing to keep takes no time
//	GET  /fsyncs           how many came to their end, of files and of directories
//	GET  /ready            it is mounted
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to be told at")
	path := flag.String("mount", "", "directory to mount at")
	flag.Parse()
	host := &host{path: *path, root: newDirectory(&disk{})}
	if err := host.mount(); err != nil {
		log.Fatal(err)
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-told
		host.disk().cut()
		host.unmount()
		os.Exit(0)
	}()
	log.Fatal(http.ListenAndServe(*listen, host.routes()))
}

// What the disk is in: it mounts it, and starts it again after a power cut.
type host struct {
	mutex sync.Mutex
	path  string
	root  *directory
}

func (h *host) disk() *disk {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.root.disk
}

func (h *host) mount() error {
	zero := time.Duration(0)
	_, err := fs.Mount(h.path, h.root, &fs.Options{
		// The kernel must ask again: what it remembers would outlive a power cut.
		EntryTimeout: &zero,
		AttrTimeout:  &zero,
		MountOptions: fuse.MountOptions{Name: "forgetful", FsName: "walq-test", DirectMount: true},
	})
	return err
}

// Also when a process that is about to be killed has a file open there.
func (h *host) unmount() {
	if err := syscall.Unmount(h.path, syscall.MNT_DETACH); err != nil {
		log.Print("unmount: ", err)
	}
}

func (h *host) restart() error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	old := h.root.disk
	old.cut()
	h.unmount()
	fresh := &disk{fsyncTakes: old.fsyncTakes}
	h.root = h.root.keptOn(fresh, map[*file]*file{})
	return h.mount()
}

func (h *host) routes() http.Handler {
	routes := http.NewServeMux()
	handle := func(pattern string, work func(*http.Request) (string, error)) {
		routes.HandleFunc(pattern, func(answer http.ResponseWriter, request *http.Request) {
			text, err := work(request)
			if err != nil {
				http.Error(answer, err.Error(), http.StatusInternalServerError)
				return
			}
			fmt.Fprintln(answer, text)
		})
	}
	handle("GET /ready", func(*http.Request) (string, error) { return "mounted", nil })
	handle("POST /mount", func(*http.Request) (string, error) { return "mounted", h.restart() })
	handle("POST /cut", func(*http.Request) (string, error) { h.disk().cut(); return "dark", nil })
	handle("POST /delay", func(request *http.Request) (string, error) {
		takes, err := time.ParseDuration(request.URL.Query().Get("fsync"))
		if err != nil {
			return "", err
		}
		disk := h.disk()
		disk.mutex.Lock()
		defer disk.mutex.Unlock()
		disk.fsyncTakes = takes
		return takes.String(), nil
	})
	handle("GET /fsyncs", func(*http.Request) (string, error) {
		disk := h.disk()
		disk.mutex.Lock()
		defer disk.mutex.Unlock()
		return fmt.Sprintf(`{"files":%d,"directories":%d}`, disk.fileFsyncs, disk.directoryFsyncs), nil
	})
	return routes
}

// What all nodes share from one start to the next power cut.
type disk struct {
	mutex                       sync.Mutex
	isDark                      bool
	fsyncTakes                  time.Duration
	lastNumber                  uint64
	fileFsyncs, directoryFsyncs int
}

func (d *disk) cut() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.isDark = true
}

// Takes the disk for one call, which fails when there is no power.
func (d *disk) enter() syscall.Errno {
	d.mutex.Lock()
	if d.isDark {
		d.mutex.Unlock()
		return syscall.EIO
	}
	return fs.OK
}

// What is to be kept is taken at the beginning, and kept at the end: a power cut in
// between forgets it.
func (d *disk) fsync(take func() (keep func(), isKept bool)) syscall.Errno {
	if errno := d.enter(); errno != fs.OK {
		return errno
	}
	keep, isKept := take()
	takes := d.fsyncTakes
	d.mutex.Unlock()
	if !isKept {
		time.Sleep(takes)
	}
	if errno := d.enter(); errno != fs.OK {
		return errno
	}
	defer d.mutex.Unlock()
	keep()
	return fs.OK
}

// Keeps the newest of what it is given, also when fsyncs overtake each other.
type kept[T any] struct {
	value   T
	version uint64
}

func (k *kept[T]) keep(value T, version uint64) {
	if version >= k.version {
		k.value, k.version = value, version
	}
}
