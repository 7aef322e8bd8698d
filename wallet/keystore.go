package wallet

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/crypto/scrypt"

	"github.com/assaynet/assay/protocol"
)

// go-ethereum's standard cost of a guess: 256 MiB and about a second.
const (
	standardScryptN = 1 << 18
	standardScryptR = 8
	standardScryptP = 1
)

// Bounds of the costs that a file may ask for.
const (
	maxScryptMemory = 1 << 30 // bytes, 128 n r
	maxScryptWork   = 1 << 24 // n r p
	maxPBKDF2Rounds = 10_000_000
	maxSalt         = 64
)

// keystoreFile is version 3 of Ethereum's secret storage.
type keystoreFile struct {
	Address string         `json:"address,omitempty"`
	Crypto  keystoreCrypto `json:"crypto"`
	ID      string         `json:"id"`
	Version int            `json:"version"`
}

type keystoreCrypto struct {
	Cipher     string `json:"cipher"`
	CipherText string `json:"ciphertext"`
	Params     struct {
		IV string `json:"iv"`
	} `json:"cipherparams"`
	KDF       string      `json:"kdf"`
	KDFParams keystoreKDF `json:"kdfparams"`
	MAC       string      `json:"mac"`
}

// keystoreKDF holds the parameters of either function.
type keystoreKDF struct {
	DKLen int    `json:"dklen"`
	Salt  string `json:"salt"`
	N     int    `json:"n,omitempty"`
	R     int    `json:"r,omitempty"`
	P     int    `json:"p,omitempty"`
	C     int    `json:"c,omitempty"`
	PRF   string `json:"prf,omitempty"`
}

// errPassphrase is a passphrase that does not open a file.
var errPassphrase = errors.New("the passphrase is wrong")

func parseKeystore(b []byte) (keystoreFile, error) {
	var f keystoreFile
	if err := json.Unmarshal(b, &f); err != nil || f.Version != 3 {
		return keystoreFile{}, errors.New("not an Ethereum keystore file of version 3")
	}
	if _, _, err := f.address(); err != nil {
		return keystoreFile{}, err
	}
	return f, nil
}

// address is the one that the file names, if it does.
func (f keystoreFile) address() (a common.Address, named bool, err error) {
	if f.Address == "" {
		return a, false, nil
	}
	b, err := unhex("address", f.Address, len(a))
	if err != nil {
		return a, false, err
	}
	return common.Address(b), true, nil
}

func (o Options) openKeystore(b []byte) (*Account, error) {
	f, err := parseKeystore(b)
	if err != nil {
		return nil, err
	}
	if err := f.Crypto.check(); err != nil {
		return nil, err
	}
	pass, err := o.Passphrase()
	if err != nil {
		return nil, err
	}
	k, err := f.decrypt(pass)
	if err != nil {
		return nil, err
	}
	return ofEthereum(k, Keystore), nil
}

// decrypt opens a file that has passed check.
func (f keystoreFile) decrypt(pass string) (*protocol.Key, error) {
	c := f.Crypto
	text, err := unhex("ciphertext", c.CipherText, 32)
	if err != nil {
		return nil, err
	}
	iv, err := unhex("iv", c.Params.IV, aes.BlockSize)
	if err != nil {
		return nil, err
	}
	mac, err := unhex("mac", c.MAC, 32)
	if err != nil {
		return nil, err
	}
	derived, err := c.derive(pass)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(crypto.Keccak256(derived[16:32], text), mac) != 1 {
		return nil, errPassphrase
	}
	if err := aes128CTR(derived[:16], iv, text); err != nil {
		return nil, err
	}
	private, err := crypto.ToECDSA(text)
	if err != nil {
		return nil, errors.New("what it holds is no secp256k1 key")
	}
	k := protocol.NewKey(private)
	if want, named, _ := f.address(); named && want != k.Address() {
		return nil, fmt.Errorf("it says that it holds %s and holds %s", want.Hex(), k.Address().Hex())
	}
	return k, nil
}

// check bounds the work that the file asks for.
func (c keystoreCrypto) check() error {
	k := c.KDFParams
	if c.Cipher != "aes-128-ctr" || k.DKLen != 32 {
		return fmt.Errorf("cipher %q with a key of %d bytes is not supported, go-ethereum writes aes-128-ctr with 32", c.Cipher, k.DKLen)
	}
	if salt, err := hex.DecodeString(k.Salt); err != nil || len(salt) == 0 || len(salt) > maxSalt {
		return errors.New("its salt is not hex of a usual length")
	}
	switch c.KDF {
	case "scrypt":
		power := k.N > 1 && bits.OnesCount(uint(k.N)) == 1
		if !power || k.R < 1 || k.P < 1 || k.N > maxScryptMemory/128 || k.R > maxScryptMemory/128/k.N || k.P > maxScryptWork/(k.N*k.R) {
			return fmt.Errorf("scrypt with n=%d r=%d p=%d is not possible or would take more than %d MiB or a minute", k.N, k.R, k.P, maxScryptMemory>>20)
		}
	case "pbkdf2":
		if k.PRF != "hmac-sha256" || k.C < 1 || k.C > maxPBKDF2Rounds {
			return fmt.Errorf("pbkdf2 with %q and %d rounds is not supported", k.PRF, k.C)
		}
	default:
		return fmt.Errorf("key derivation %q is not supported, go-ethereum writes scrypt", c.KDF)
	}
	return nil
}

func (c keystoreCrypto) derive(pass string) ([]byte, error) {
	k := c.KDFParams
	salt, err := hex.DecodeString(k.Salt)
	if err != nil {
		return nil, errors.New("its salt is not hex")
	}
	var out []byte
	if c.KDF == "pbkdf2" {
		out, err = pbkdf2.Key(sha256.New, pass, salt, k.C, k.DKLen)
	} else {
		out, err = scrypt.Key([]byte(pass), salt, k.N, k.R, k.P, k.DKLen)
	}
	if err != nil {
		return nil, fmt.Errorf("derive the key from the passphrase: %w", err)
	}
	return out, nil
}

// encryptKeystore is the keystore file of a key, at go-ethereum's standard cost.
func encryptKeystore(key *protocol.Key, pass string) ([]byte, error) {
	var random [32 + aes.BlockSize + 16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, fmt.Errorf("encrypt key: %w", err)
	}
	salt, iv, id := random[:32], random[32:48], random[48:]
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // a random UUID
	f := keystoreFile{Address: hex.EncodeToString(key.Address().Bytes()), Version: 3}
	f.ID = fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	c := &f.Crypto
	c.Cipher, c.Params.IV, c.KDF = "aes-128-ctr", hex.EncodeToString(iv), "scrypt"
	c.KDFParams = keystoreKDF{DKLen: 32, Salt: hex.EncodeToString(salt), N: standardScryptN, R: standardScryptR, P: standardScryptP}
	derived, err := c.derive(pass)
	if err != nil {
		return nil, err
	}
	text := crypto.FromECDSA(key.ECDSA())
	if err := aes128CTR(derived[:16], iv, text); err != nil {
		return nil, err
	}
	c.CipherText = hex.EncodeToString(text)
	c.MAC = hex.EncodeToString(crypto.Keccak256(derived[16:32], text))
	var out bytes.Buffer
	if err := json.NewEncoder(&out).Encode(f); err != nil {
		return nil, fmt.Errorf("encrypt key: %w", err)
	}
	return out.Bytes(), nil
}

// aes128CTR encrypts or decrypts in place.
func aes128CTR(key, iv, text []byte) error {
	block, err := aes.NewCipher(key)
	if err != nil {
		return fmt.Errorf("set up AES: %w", err)
	}
	cipher.NewCTR(block, iv).XORKeyStream(text, text)
	return nil
}

// unhex reads a field of n bytes, with or without 0x. The error does not hold it.
func unhex(what, text string, n int) ([]byte, error) {
	b, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil || len(b) != n {
		return nil, fmt.Errorf("its %s is not hex of %d bytes", what, n)
	}
	return b, nil
}
