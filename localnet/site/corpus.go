package site

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
)

// The vendored corpus; corpus/README.md tells its origin.
var (
	//go:embed corpus/ham.jsonl.zst
	packedHam []byte
	//go:embed corpus/spam.jsonl.zst
	packedSpam []byte
)

// maxPlain bounds an unpacked file of the corpus.
const maxPlain = 8 << 20

// The truth of a post.
const (
	Ham  = "ham"
	Spam = "spam"
)

// message is one line of the corpus. What tells ham from spam is never shown.
type message struct {
	truth  string
	ID     string    `json:"id"` // of the mail; the site has its own
	Author string    `json:"author"`
	Time   time.Time `json:"time"` // of the mail; the site prints its own
	Topic  string    `json:"topic"`
	Title  string    `json:"title"`
	Body   string    `json:"body"`
}

// corpus unpacks the messages; within a topic the ham is in time order, and so is
// the spam.
func corpus() ([]message, error) {
	ham, err := unpack(packedHam, Ham)
	if err != nil {
		return nil, err
	}
	spam, err := unpack(packedSpam, Spam)
	return append(ham, spam...), err
}

func unpack(packed []byte, truth string) ([]message, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxPlain), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("open corpus: %w", err)
	}
	defer z.Close()
	plain, err := z.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack corpus: %w", err)
	}
	var out []message
	lines := bufio.NewScanner(bytes.NewReader(plain))
	for lines.Scan() {
		m := message{truth: truth}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return nil, fmt.Errorf("decode corpus line %d: %w", len(out)+1, err)
		}
		out = append(out, m)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read corpus: %w", err)
	}
	return out, nil
}

// pick keeps the wanted topics, all when none is named.
func pick(all []message, wanted []string) ([]message, []string, error) {
	var topics []string
	for _, m := range all {
		if !slices.Contains(topics, m.Topic) {
			topics = append(topics, m.Topic)
		}
	}
	slices.Sort(topics)
	if len(wanted) == 0 {
		return all, topics, nil
	}
	for _, w := range wanted {
		if !slices.Contains(topics, w) {
			return nil, nil, fmt.Errorf("open demo site: no topic %q in the corpus, which has %v", w, topics)
		}
	}
	all = slices.DeleteFunc(all, func(m message) bool { return !slices.Contains(wanted, m.Topic) })
	wanted = slices.Clone(wanted)
	slices.Sort(wanted)
	return all, slices.Compact(wanted), nil
}
