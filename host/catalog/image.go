package catalog

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"argus/plugin/sdk"
)

// maxBinary bounds what is copied for one plugin.
const maxBinary = 512 << 20

// Image is a verified copy of a file of the plugin folder, which nobody else can change any more.
type Image struct {
	path    string
	release func() error
}

// Path is what to execute, valid in this process until Close.
func (i *Image) Path() string { return i.path }

// Close drops the copy. What runs from it goes on.
func (i *Image) Close() error { return i.release() }

// OpenImage verifies the file name of folder against its pinned SHA-256 in hex and gives a private copy of exactly the bytes that
// were hashed. It serves plugins and the helpers that a sandbox names. scratch is a folder of ours, used where the system has no
// sealed memory. The caller must Close the image. The error tells a person what to do.
func OpenImage(folder, name, pinned, scratch string) (*Image, error) {
	file, err := openTrusted(folder, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if pinned == "" {
		return nil, unpinned(file)
	}
	if err := sdk.CheckSHA256("the pinned checksum", pinned); err != nil {
		return nil, err
	}
	image, sum, err := copyImage(file, name, scratch)
	if err != nil {
		return nil, fmt.Errorf("copy %s: %w", file.Name(), err)
	}
	if subtle.ConstantTimeCompare([]byte(sum), []byte(pinned)) != 1 {
		image.Close()
		return nil, fmt.Errorf("%s is not the file that was pinned: its checksum is %s, the configuration says %s; find out who changed it "+
			"before you pin it anew with: argus plugin pin %s", file.Name(), sum, pinned, name)
	}
	return image, nil
}

// Pin is the SHA-256 in hex of the file at path, as a Spec wants it. It does not judge who may write the file: Open does.
func Pin(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("pin: %w", err)
	}
	defer file.Close()
	sum, err := hashInto(io.Discard, file)
	if err != nil {
		return "", fmt.Errorf("pin %s: %w", path, err)
	}
	return sum, nil
}

// unpinned tells the line that would pin file, and never pins by itself.
func unpinned(file *os.File) error {
	sum, err := hashInto(io.Discard, file)
	if err != nil {
		return fmt.Errorf("hash %s: %w", file.Name(), err)
	}
	return fmt.Errorf("%s has no checksum in the configuration; if you trust the file as it is now, add:\nsha256 = %q", file.Name(), sum)
}

// hashInto copies src to dst and gives the SHA-256 in hex of what it copied. A script is refused.
func hashInto(dst io.Writer, src io.Reader) (string, error) {
	h := sha256.New()
	head := &headWriter{}
	n, err := io.Copy(io.MultiWriter(h, head, dst), io.LimitReader(src, maxBinary+1))
	if err != nil {
		return "", err
	}
	if n > maxBinary {
		return "", fmt.Errorf("it is larger than %d bytes", maxBinary)
	}
	if string(head.kept) == "#!" {
		return "", errors.New("it is a script, whose checksum says nothing of its interpreter; build it into one executable file")
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// headWriter keeps the first two bytes.
type headWriter struct{ kept []byte }

func (w *headWriter) Write(p []byte) (int, error) {
	w.kept = append(w.kept, p[:min(len(p), 2-len(w.kept))]...)
	return len(p), nil
}

// copyToFolder is an image for systems without sealed memory: a file in a folder that is ours alone.
func copyToFolder(src io.Reader, name, scratch string) (*Image, string, error) {
	folder, err := os.MkdirTemp(scratch, leftover+"image-")
	if err != nil {
		return nil, "", err
	}
	image := &Image{path: filepath.Join(folder, name), release: func() error { return os.RemoveAll(folder) }}
	sum, err := writeExecutable(image.path, src)
	if err != nil {
		image.Close()
		return nil, "", err
	}
	return image, sum, nil
}

func writeExecutable(path string, src io.Reader) (string, error) {
	dst, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o500)
	if err != nil {
		return "", err
	}
	sum, err := hashInto(dst, src)
	return sum, errors.Join(err, dst.Close())
}

// Trusted is an error if somebody other than root and the caller's user could change the program at path, or put another in its place.
func Trusted(path string) error {
	file, err := openTrusted(filepath.Split(filepath.Clean(path)))
	if err != nil {
		return err
	}
	return file.Close()
}

// openTrusted opens a file that only root and we can have written, or replaced by a name on the way to it.
func openTrusted(folder, name string) (*os.File, error) {
	if err := checkFileName(name); err != nil {
		return nil, err
	}
	folder, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return nil, fmt.Errorf("the plugin folder: %w", err)
	}
	if err := checkFolders(folder); err != nil {
		return nil, err
	}
	path := filepath.Join(folder, name)
	// A link could lead out of the folder that was just checked; a pipe would block us.
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ELOOP) {
		return nil, fmt.Errorf("%s is a symbolic link; put the file itself into the plugin folder", path)
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	file := os.NewFile(uintptr(fd), path)
	if err := checkFile(file); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
