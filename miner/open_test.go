package miner

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/protocol"
)

func tryOpen(t *testing.T, cfg Config, hotkey string) error {
	t.Helper()
	m, err := Open(cfg, key(hotkey), forum(t), newChain(), nil)
	if err == nil {
		err = m.Close()
		if err != nil {
			t.Fatal(err)
		}
		return nil
	}
	return err
}

func TestSecondOpenIsLocked(t *testing.T) {
	w := open(t, config(t))
	if err := tryOpen(t, w.cfg, "miner"); !errors.Is(err, ErrLocked) {
		t.Errorf("error is %v, want ErrLocked", err)
	}
	w.take(record(0)) // the first goes on
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := tryOpen(t, w.cfg, "miner"); err != nil {
		t.Errorf("after the first was closed: %v", err)
	}
	w.reopen()
}

func TestStoreOfAnother(t *testing.T) {
	cfg := config(t)
	if err := tryOpen(t, cfg, "miner"); err != nil {
		t.Fatal(err)
	}
	if err := tryOpen(t, cfg, "miner2"); err == nil || !strings.Contains(err.Error(), "hotkey") {
		t.Errorf("with another hotkey: %v", err)
	}
	cfg.Netuid++
	if err := tryOpen(t, cfg, "miner"); err == nil || !strings.Contains(err.Error(), "netuid") {
		t.Errorf("on another subnet: %v", err)
	}
}

func TestBadConfig(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"no folder":          func(c *Config) { c.Dir = "" },
		"negative":           func(c *Config) { c.AtOnce = -1 },
		"feed without name":  func(c *Config) { c.Feeds = []Feed{{Source: list{}}} },
		"feed without place": func(c *Config) { c.Feeds = []Feed{{Name: "a"}} },
		"feed twice":         func(c *Config) { c.Feeds = []Feed{{Name: "a", Source: list{}}, {Name: "a", Source: list{}}} },
	} {
		cfg := config(t)
		change(&cfg)
		if err := tryOpen(t, cfg, "miner"); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

// filled is a closed store with three roots over 300 posts.
func filled(t *testing.T) Config {
	t.Helper()
	w := open(t, config(t))
	for i := range 3 {
		w.take(records(100*i, 100*i+100)...)
		w.root()
	}
	w.give("v1", w.root(), 50)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.cfg
}

func execute(t *testing.T, cfg Config, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(cfg.Dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCorruptStoreIsNotOpened(t *testing.T) {
	overwrite := func(t *testing.T, path string, change func([]byte) []byte) {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, damage := range map[string]func(t *testing.T, cfg Config, path string){
		"overwritten pages": func(t *testing.T, _ Config, path string) {
			overwrite(t, path, func(b []byte) []byte {
				for i := 8192; i < len(b)-4096; i++ {
					b[i] ^= 0x5a
				}
				return b
			})
		},
		"torn": func(t *testing.T, _ Config, path string) {
			overwrite(t, path, func(b []byte) []byte { return b[:len(b)/2] })
		},
		"empty": func(t *testing.T, _ Config, path string) { overwrite(t, path, func([]byte) []byte { return nil }) },
		"not a database": func(t *testing.T, _ Config, path string) {
			overwrite(t, path, func([]byte) []byte { return []byte(strings.Repeat("not a database ", 500)) })
		},
		"gone, its log left": func(t *testing.T, _ Config, path string) {
			if err := os.Rename(path, path+"-wal"); err != nil {
				t.Fatal(err)
			}
		},
		"an item less": func(t *testing.T, cfg Config, _ string) { execute(t, cfg, `DELETE FROM items WHERE id = 250`) },
		"an item changed": func(t *testing.T, cfg Config, _ string) {
			execute(t, cfg, `UPDATE items SET size = size + 1 WHERE id = 7`)
		},
		"a key cut": func(t *testing.T, cfg Config, _ string) { execute(t, cfg, `UPDATE items SET key = x'00' WHERE id = 7`) },
		"a root changed": func(t *testing.T, cfg Config, _ string) {
			execute(t, cfg, `UPDATE roots SET count = 150 WHERE seq = 2`)
		},
		"a signature cut":   func(t *testing.T, cfg Config, _ string) { execute(t, cfg, `UPDATE roots SET signature = x'00'`) },
		"a table less":      func(t *testing.T, cfg Config, _ string) { execute(t, cfg, `DROP TABLE roots`) },
		"a receipt cut":     func(t *testing.T, cfg Config, _ string) { execute(t, cfg, `UPDATE receipts SET root = x'00'`) },
		"no schema version": func(t *testing.T, cfg Config, _ string) { execute(t, cfg, `DELETE FROM meta`) },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := filled(t)
			damage(t, cfg, filepath.Join(cfg.Dir, databaseName))
			if err := tryOpen(t, cfg, "miner"); !errors.Is(err, ErrCorrupt) {
				t.Errorf("error is %v, want ErrCorrupt", err)
			}
		})
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	cfg := filled(t)
	execute(t, cfg, `UPDATE meta SET value = '2' WHERE name = 'schema'`)
	err := tryOpen(t, cfg, "miner")
	if err == nil || errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "schema") {
		t.Errorf("error is %v, want one about the schema", err)
	}
	if _, err := Anchors(cfg.Dir); err == nil || !strings.Contains(err.Error(), "schema") {
		t.Errorf("anchors: error is %v, want one about the schema", err)
	}
	execute(t, cfg, `UPDATE meta SET value = '1' WHERE name = 'schema'`)
	if err := tryOpen(t, cfg, "miner"); err != nil {
		t.Errorf("the refused store was altered: %v", err)
	}
}

// A body that rotted is not served: the fault stays on this side.
func TestRottenBodyIsNotServed(t *testing.T) {
	w := open(t, config(t))
	w.take(records(0, 3)...)
	root := w.root()
	w.at(50)
	for _, statement := range []string{
		`UPDATE bodies SET body = (SELECT body FROM bodies WHERE id = 2)`, // another item's
		`UPDATE bodies SET body = x'28b52ffd00'`,
		`DELETE FROM bodies`,
	} {
		if _, err := w.store.writer.Exec(statement); err != nil {
			t.Fatal(err)
		}
		req := &protocol.ItemsRequest{Parts: []protocol.Part{{Seq: root.Seq, Draws: draws(10)}}, Head: protocol.Anchor{Seq: 1, Hash: root.Hash}}
		req.Parts[0].Draws[0].U = uint64(len(statement)) // so that none is a replay
		w.refused("v1", protocol.KindItemsRequest, 5, req, protocol.ReasonInternal)
		if w.Status().Fault == "" {
			t.Error("the fault is not in the status")
		}
	}
	if err := lastError(w); !errors.Is(err, ErrCorrupt) {
		t.Errorf("Items ends with %v, want ErrCorrupt", err)
	}
}

func lastError(w *world) error {
	for _, err := range w.Items(1) {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestFullDiskLosesNothing(t *testing.T) {
	cfg := config(t)
	cfg.maxPages = 60
	cfg.Feeds = []Feed{{Name: "posts", Source: list{1500, 1500}}}
	w := open(t, cfg)
	err := w.collectors[0].pass(context.Background())
	if err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Fatalf("error is %v, want one about the full disk", err)
	}
	if why := w.Status().Store; !strings.Contains(why, "disk is full") {
		t.Errorf("the status says of the store: %q", why)
	}
	if c, err := w.store.cursor("posts"); err != nil || c != nil {
		t.Fatalf("the cursor went ahead of the items: %x (%v)", c, err)
	}
	_ = w.commit() // may fail as well; what it signed must stay
	stored := w.Status().Items
	if stored == 0 || stored >= 1500 {
		t.Fatalf("%d items are stored before the disk was full", stored)
	}
	before, committed := w.index.newest()
	w.cfg.maxPages = 0
	w.restart()
	if w.Status().Items != stored {
		t.Errorf("%d items after the restart, want %d", w.Status().Items, stored)
	}
	if after, _ := w.index.newest(); committed && after.root != before.root {
		t.Error("the root has changed")
	}
	if err := w.collectors[0].pass(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.root()
	if newest, _ := w.index.newest(); newest.tree.Root() != treeOf(w, 0, 1500).Root() {
		t.Error("items are lost or doubled")
	}
}

// A root that could not be stored was signed: its number is not used for another.
func TestRootThatCouldNotBeStoredIsTriedAgain(t *testing.T) {
	w := open(t, config(t))
	readOnlyDisk := func(on int) {
		t.Helper()
		if _, err := w.store.writer.Exec(`PRAGMA query_only = ` + string(rune('0'+on))); err != nil {
			t.Fatal(err)
		}
	}
	w.take(records(0, 3)...)
	readOnlyDisk(1)
	if err := w.commit(); err == nil {
		t.Fatal("committed to a disk that cannot be written")
	}
	if _, ok := w.index.newest(); ok {
		t.Fatal("a root is shown that is not stored")
	}
	signed := w.index.signed.root
	readOnlyDisk(0)
	w.take(records(3, 5)...)
	if got := w.root(); got != signed {
		t.Errorf("root 1 is %+v, but %+v was signed", got, signed)
	}
	if got := w.root(); got.Seq != 2 || got.Count != 5 {
		t.Errorf("the next root is %+v", got)
	}
}

// An outcome of a commit that is not known is settled by trying again.
func TestPutRootTwice(t *testing.T) {
	w := open(t, config(t))
	w.take(record(0))
	root := w.root()
	if err := w.store.putRoot(root, nil); err != nil {
		t.Errorf("the same root again: %v", err)
	}
	root.Hash[0] ^= 1
	if err := w.store.putRoot(root, nil); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another root of the same number: %v, want ErrCorrupt", err)
	}
}

// What a validator handed over and could not be stored is not acknowledged.
func TestReceiptThatCannotBeStored(t *testing.T) {
	w := open(t, config(t))
	w.take(record(0))
	root := w.root()
	w.at(50)
	if _, err := w.store.writer.Exec(`PRAGMA query_only = 1`); err != nil {
		t.Fatal(err)
	}
	w.refused("v1", protocol.KindItemsRequest, 5, &protocol.ItemsRequest{Receipt: receipt(t, "v1", root, 5, 50)}, protocol.ReasonInternal)
	if w.Receipted() != 0 {
		t.Error("the receipt counts although it is not stored")
	}
}

func TestReceiptsGoWithTheirRoots(t *testing.T) {
	w := open(t, config(t))
	for i := range 70 {
		w.take(record(i))
		if r := w.root(); r.Seq == 3 {
			w.give("v1", r, 50)
		}
	}
	if s := w.Status(); s.Receipts != 0 {
		t.Errorf("%d receipts are kept of a root that is dropped", s.Receipts)
	}
	w.restart()
	if s := w.Status(); s.Receipts != 0 {
		t.Errorf("after a restart: %d receipts", s.Receipts)
	}
}
