package identity

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"filippo.io/age"
)

// The operator key signs every act of a person: the daemon holds only its public part, so neither the daemon's uid nor a bearer token
// that an agent holds can forge one.

const (
	operatorDomain = "argus operator action v1\n"
	plainHeader    = "argus operator key v1, not sealed\n"
	ageHeader      = "age-encryption.org/"
	maxKeyFile     = 16 << 10
	nonceLife      = time.Minute
	maxNonces      = 64 // of one asker
)

// OperatorKey is the private part. It leaves the person's hands only inside SaveOperatorKey's file.
type OperatorKey struct{ private ed25519.PrivateKey }

// NewOperatorKey draws a key.
func NewOperatorKey() (OperatorKey, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return OperatorKey{}, fmt.Errorf("draw the operator key: %w", err)
	}
	return OperatorKey{private}, nil
}

// Public is the part that the daemon's config holds.
func (k OperatorKey) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

// Sign signs the bytes of one action.
func (k OperatorKey) Sign(action []byte) []byte {
	return ed25519.Sign(k.private, append([]byte(operatorDomain), action...))
}

// Save writes the key to a new file of mode 0600, sealed with the passphrase unless that is empty.
func (k OperatorKey) Save(path, passphrase string) error {
	content := []byte(plainHeader + base64.StdEncoding.EncodeToString(k.private.Seed()) + "\n")
	if passphrase != "" {
		sealed, err := seal(k.private.Seed(), passphrase)
		if err != nil {
			return fmt.Errorf("seal the operator key: %w", err)
		}
		content = sealed
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the operator key: %w", err)
	}
	if _, err := f.Write(content); err != nil {
		return errors.Join(fmt.Errorf("write the operator key: %w", err), f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// LoadOperatorKey reads a key file. passphrase is asked only when the file is sealed.
func LoadOperatorKey(path string, passphrase func() (string, error)) (OperatorKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return OperatorKey{}, fmt.Errorf("open the operator key: %w (made by `argus init`; say where with --operator-key)", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode().Perm()&0o077 != 0 {
		return OperatorKey{}, errors.Join(fmt.Errorf("the operator key %s is open to others: run chmod 600 on it", path), err)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return OperatorKey{}, fmt.Errorf("read the operator key: %w", err)
	}
	seed, err := openSeed(content, passphrase)
	if err != nil {
		return OperatorKey{}, err
	}
	if len(seed) != ed25519.SeedSize {
		return OperatorKey{}, errors.New("the operator key file holds no Ed25519 seed")
	}
	return OperatorKey{ed25519.NewKeyFromSeed(seed)}, nil
}

// Sealed reports whether a key file needs a passphrase.
func Sealed(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("open the operator key: %w", err)
	}
	defer f.Close()
	begins := make([]byte, len(ageHeader))
	_, err = io.ReadFull(f, begins)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return string(begins) == ageHeader, err
}

func openSeed(content []byte, passphrase func() (string, error)) ([]byte, error) {
	if plain, ok := strings.CutPrefix(string(content), plainHeader); ok {
		return base64.StdEncoding.DecodeString(strings.TrimSpace(plain))
	}
	if !bytes.HasPrefix(content, []byte(ageHeader)) {
		return nil, errors.New("the operator key file is of no known form")
	}
	secret, err := passphrase()
	if err != nil {
		return nil, fmt.Errorf("ask for the passphrase of the operator key: %w", err)
	}
	seed, err := unseal(content, secret)
	if err != nil {
		return nil, errors.New("the operator key does not open: wrong passphrase or damaged file")
	}
	return seed, nil
}

func seal(seed []byte, passphrase string) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(seed); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func unseal(content []byte, passphrase string) ([]byte, error) {
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(bytes.NewReader(content), id)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, maxKeyFile))
}

// OperatorGate checks the signature of acts. The zero value refuses everything.
type OperatorGate struct {
	public ed25519.PublicKey
	mu     sync.Mutex
	nonces map[string][]nonce // by who asked for them, oldest first
}

type nonce struct {
	text  string
	until time.Time
}

// Operator is who asks at the operator's own door. No principal has this name.
const Operator = ""

// NewOperatorGate takes the public part of the key.
func NewOperatorGate(public ed25519.PublicKey) (*OperatorGate, error) {
	if len(public) != ed25519.PublicKeySize {
		return nil, errors.New("there is no operator key: run `argus init`")
	}
	return &OperatorGate{public: public, nonces: map[string][]nonce{}}, nil
}

// Challenge gives a nonce that one act may carry within a minute, if it comes the way that the nonce was asked for: by the same principal, or at
// the operator's own door. Whoever asks too often loses the oldest of its own, and takes away nobody else's.
func (g *OperatorGate) Challenge(asker string) []byte {
	text := make([]byte, 32)
	rand.Read(text)
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	open := g.nonces[asker]
	for len(open) > 0 && (len(open) >= maxNonces || now.After(open[0].until)) {
		open = open[1:]
	}
	g.nonces[asker] = append(slices.Clone(open), nonce{string(text), now.Add(nonceLife)})
	return text
}

// spend takes a nonce out of those that were given.
func (g *OperatorGate) spend(asker string, text []byte) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	open := g.nonces[asker]
	i := slices.IndexFunc(open, func(n nonce) bool { return n.text == string(text) })
	if i < 0 {
		return false
	}
	young := !time.Now().After(open[i].until)
	if g.nonces[asker] = slices.Delete(open, i, i+1); len(g.nonces[asker]) == 0 {
		delete(g.nonces, asker)
	}
	return young
}

// Admit accepts an action whose bytes the operator key signed and whose nonce was given to who sends it, and not used.
func (g *OperatorGate) Admit(action, signature, nonce []byte, asker string) error {
	if len(g.public) != ed25519.PublicKeySize || !ed25519.Verify(g.public, append([]byte(operatorDomain), action...), signature) {
		return errors.New("the action is not signed by this daemon's operator key")
	}
	if !g.spend(asker, nonce) {
		return errors.New("the action's challenge was used, is too old, or was never given: try again")
	}
	return nil
}
