package validator

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/assaynet/assay/item"
)

// DefaultSecretLength is how many rounds one seed serves: at 25 blocks of 12
// seconds a round, ten years.
const DefaultSecretLength = 1 << 20

// checkpoint is the distance of the secrets that are held in memory, and so the
// most hashes that finding one costs.
const checkpoint = 1024

const (
	seedDomain   = "assay/secret/seed/v1"
	secretDomain = "assay/secret/v1"
)

// secrets is a reverse hash chain. From a random seed,
//
//	secret[length] = Sum("assay/secret/seed/v1", seed, length)
//	secret[i]      = Sum("assay/secret/v1", secret[i+1])
//
// and secret[0], the tip, is announced before the first round. Round after round
// reveals the next one, which anyone can hash down to the tip, and none can be
// told from those before it.
type secrets struct {
	length uint64
	points []item.Hash // points[k] is secret[k·checkpoint]
	last   item.Hash   // secret[length]
}

// newSecrets computes the chain of a seed.
func newSecrets(seed item.Hash, length uint64) *secrets {
	s := &secrets{length: length, points: make([]item.Hash, length/checkpoint+1), last: top(seed, length)}
	step := newHasher()
	for i, secret := length, s.last; ; i-- {
		if i%checkpoint == 0 {
			s.points[i/checkpoint] = secret
		}
		if i == 0 {
			return s
		}
		secret = step.below(secret)
	}
}

// top binds the length, so that chains of two lengths share no secret.
func top(seed item.Hash, length uint64) item.Hash {
	return item.Sum(seedDomain, seed[:], binary.BigEndian.AppendUint64(nil, length))
}

// tip is secret 0.
func (s *secrets) tip() item.Hash { return s.points[0] }

// at is secret i, for i up to the length; it costs at most checkpoint hashes.
func (s *secrets) at(i uint64) item.Hash {
	from, secret := s.length, s.last
	if k := (i + checkpoint - 1) / checkpoint; k*checkpoint <= s.length {
		from, secret = k*checkpoint, s.points[k]
	}
	return descend(secret, from-i)
}

// descend hashes a secret down by n places.
func descend(secret item.Hash, n uint64) item.Hash {
	step := newHasher()
	for range n {
		secret = step.below(secret)
	}
	return secret
}

// hasher is Sum(secretDomain, secret) with the constant parts laid out once, for
// the million steps of a chain.
type hasher struct{ preimage []byte }

func newHasher() hasher {
	b := binary.BigEndian.AppendUint64(nil, uint64(len(secretDomain)))
	b = append(b, secretDomain...)
	b = binary.BigEndian.AppendUint64(b, uint64(len(item.Hash{})))
	return hasher{append(b, make([]byte, len(item.Hash{}))...)}
}

func (h hasher) below(secret item.Hash) item.Hash {
	copy(h.preimage[len(h.preimage)-len(secret):], secret[:])
	return sha256.Sum256(h.preimage)
}

// loadSecrets finds the secrets whose tip the record announces. A seed that is
// absent or not that of the record is replaced: its secrets may have been revealed
// in another record, and a revealed secret lets miners foresee what is drawn.
func loadSecrets(path string, length uint64, announced item.Hash) (*secrets, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return renewSecrets(path, length)
	}
	if err != nil {
		return nil, fmt.Errorf("read the seed of the round secrets: %w", err)
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(seed) != len(item.Hash{}) {
		return nil, fmt.Errorf("read the seed of the round secrets: %s does not hold 64 hex digits; restore it, or remove it to announce a new tip", path)
	}
	if s := newSecrets(item.Hash(seed), length); s.tip() == announced {
		return s, nil
	}
	return renewSecrets(path, length)
}

// renewSecrets makes a new seed, durable before anyone can hear of its tip.
func renewSecrets(path string, length uint64) (*secrets, error) {
	var seed item.Hash
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, fmt.Errorf("make the seed of the round secrets: %w", err)
	}
	if err := writeDurably(path, []byte(hex.EncodeToString(seed[:])+"\n")); err != nil {
		return nil, fmt.Errorf("keep the seed of the round secrets: %w", err)
	}
	return newSecrets(seed, length), nil
}

// writeDurably replaces a file so that after a crash it is the old or the new one.
func writeDurably(path string, content []byte) error {
	next := path + ".next"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	err = folder.Sync()
	if closed := folder.Close(); err == nil {
		err = closed
	}
	return err
}

// sealsFile keeps what the keys of seals are made from. It is not the seed of the round
// secrets, since that may be replaced while seals are shut.
const sealsFile = "seals.key"

// loadSeals reads that file, or makes it.
func loadSeals(path string) (item.Hash, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		var key item.Hash
		if _, err := rand.Read(key[:]); err != nil {
			return key, fmt.Errorf("make the key of the seals: %w", err)
		}
		if err := writeDurably(path, []byte(hex.EncodeToString(key[:])+"\n")); err != nil {
			return key, fmt.Errorf("keep the key of the seals: %w", err)
		}
		return key, nil
	}
	if err != nil {
		return item.Hash{}, fmt.Errorf("read the key of the seals: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != len(item.Hash{}) {
		return item.Hash{}, fmt.Errorf("read the key of the seals: %s does not hold 64 hex digits; restore it, or remove it: then the tasks whose answers are awaited are void", path)
	}
	return item.Hash(key), nil
}
