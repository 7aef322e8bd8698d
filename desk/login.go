package desk

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

const (
	nonceLife   = 5 * time.Minute
	sessionLife = 12 * time.Hour
	mostUsed    = 1 << 16 // nonces that were used and have not expired yet
)

// login gives out nonces and tokens. Neither is kept: both carry their end and a
// keyed hash, so that whoever asks for many takes no memory and drives out nobody. Only
// used nonces are remembered, until they expire. The key is as old as the process, so a
// restart ends all sessions.
type login struct {
	key     [32]byte
	miner   protocol.Hotkey
	chainID uint64
	invited []string // who may sign in; none is anyone

	mu   sync.Mutex
	used map[string]time.Time // nonces, by when they expire
}

func newLogin(key [32]byte, miner protocol.Hotkey, chainID uint64, invited []string) *login {
	return &login{key: key, miner: miner, chainID: chainID, invited: invited, used: map[string]time.Time{}}
}

// mac is the keyed hash of what a nonce or a token says.
func (l *login) mac(what string, b []byte) []byte {
	h := hmac.New(sha256.New, l.key[:])
	h.Write([]byte(what))
	h.Write(b)
	return h.Sum(nil)
}

const (
	nonceHead = 20 // bytes: when it expires (8), random (12)
	nonceMAC  = 16
)

// nonce makes a nonce: hex digits, as EIP-4361 wants letters and digits.
func (l *login) nonce(now time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(now.Add(nonceLife).Unix()))
	b = append(b, make([]byte, nonceHead-len(b))...)
	_, _ = rand.Read(b[8:]) // it never fails
	return hex.EncodeToString(append(b, l.mac("nonce", b)[:nonceMAC]...))
}

// fresh demands a nonce of this desk that has not expired.
func (l *login) fresh(nonce string, now time.Time) error {
	b, err := hex.DecodeString(nonce)
	if err != nil || len(b) != nonceHead+nonceMAC || hex.EncodeToString(b) != nonce ||
		!hmac.Equal(b[nonceHead:], l.mac("nonce", b[:nonceHead])[:nonceMAC]) {
		return refuse(CodeNonce, "the nonce is none of this desk")
	}
	if now.Unix() >= int64(binary.BigEndian.Uint64(b)) {
		return refuse(CodeNonce, "the nonce has expired")
	}
	return nil
}

// use uses up a fresh nonce.
func (l *login) use(nonce string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.used[nonce]; ok {
		return refuse(CodeNonce, "the nonce was used before")
	}
	if len(l.used) >= mostUsed {
		for n, until := range l.used {
			if !until.After(now) {
				delete(l.used, n)
			}
		}
	}
	if len(l.used) >= mostUsed {
		return refuse(CodeBusy, "too many labellers are signing in")
	}
	l.used[nonce] = now.Add(nonceLife)
	return nil
}

// signIn checks a signed message and gives a token and when it ends. A nonce is used up
// by a message that is right in all else.
func (l *login) signIn(host, labeller, message string, signature []byte, now time.Time) (token string, until time.Time, err error) {
	if err := protocol.CheckLabeller(labeller); err != nil {
		return "", until, refuse(CodeMessage, "labeller %.90q: %v", labeller, err)
	}
	nonce, err := expected{host, labeller, l.miner, l.chainID, now}.read(message)
	if err != nil {
		return "", until, err
	}
	if err := l.fresh(nonce, now); err != nil {
		return "", until, err
	}
	if err := protocol.VerifyLabeller(labeller, message, signature); err != nil {
		return "", until, refuse(CodeSignature, "the signature is not by %s over this message", labeller)
	}
	if len(l.invited) > 0 && !slices.Contains(l.invited, labeller) {
		return "", until, refuse(CodeNotInvited, "%s is not on this desk's list of labellers", labeller)
	}
	if err := l.use(nonce, now); err != nil {
		return "", until, err
	}
	until = now.Add(sessionLife).Truncate(time.Second)
	return l.token(labeller, until), until, nil
}

// token is base64url(mac (32) || end (8) || labeller).
func (l *login) token(labeller string, until time.Time) string {
	b := append(binary.BigEndian.AppendUint64(nil, uint64(until.Unix())), labeller...)
	return base64.RawURLEncoding.EncodeToString(append(l.mac("token", b), b...))
}

// labeller is whose token this is; false if it is not valid, or no longer.
func (l *login) labeller(token string, now time.Time) (string, bool) {
	const head = sha256.Size + 8
	if len(token) > base64.RawURLEncoding.EncodedLen(head+item.MaxLabeller) {
		return "", false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) <= head || !hmac.Equal(b[:sha256.Size], l.mac("token", b[sha256.Size:])) {
		return "", false
	}
	return string(b[head:]), now.Unix() < int64(binary.BigEndian.Uint64(b[sha256.Size:]))
}
