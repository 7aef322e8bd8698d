package export

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/aggregate"
)

// Dataset is the labels of one program, ready to be written.
type Dataset struct {
	Program    *program.Program
	Netuid     uint16
	Validators []protocol.Hotkey // whose records it is made of, ascending
	Round      uint64            // the last one of the records
	Time       time.Time         // of that round's block, UTC
	Labels     *aggregate.Result
	// Version is 1.<last round>.0+<digest of all labels>, a version by semver.org.
	Version string
	// Notes are what a reader has to know of how it was made: one sentence each.
	Notes []string

	tasks []merged         // of one record after another
	rows  []aggregate.Task // those whose licence is allowed, ascending by subjects
	left  []licenceCount   // out for their licence
}

// merged is a task and whose record it is from.
type merged struct {
	scoring.Judged
	validator protocol.Hotkey
}

// licenceCount is how many rows have a licence.
type licenceCount struct {
	licence string
	rows    int
}

// Merge makes one dataset of the records of several validators, whose order does not
// matter. Of two records by one validator the longer one counts. Allowed are the licences
// that items may have; none allows every one that an item states.
func Merge(records []*Record, allowed []string) (*Dataset, error) {
	d, records, err := begin(records)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, r := range records {
		for _, t := range r.Tasks {
			d.tasks = append(d.tasks, merged{t, r.Validator})
			for _, it := range t.Items {
				size += len(it)
			}
		}
	}
	if len(d.tasks) > MaxTasks || size > MaxItemBytes {
		return nil, fmt.Errorf("the records have %d tasks of %s with %d bytes of items, at most %d and %d are put together: export fewer records", len(d.tasks), d.Program.Name, size, MaxTasks, MaxItemBytes)
	}
	if len(d.tasks) == 0 {
		return nil, fmt.Errorf("%w: no task of %s has been judged in these records", ErrNothing, d.Program.Name)
	}
	judged := make([][]scoring.Judged, len(records))
	for i, r := range records {
		judged[i] = r.Tasks
	}
	if d.Labels, err = aggregate.Labels(d.Program, judged...); err != nil {
		return nil, err
	}
	d.Notes = append(d.Notes, d.Labels.Notes...)
	d.Version = d.version()
	if err := d.choose(allowed); err != nil {
		return nil, err
	}
	return d, nil
}

// begin puts the records in order, and checks that they are of one subnet and program.
func begin(given []*Record) (*Dataset, []*Record, error) {
	if len(given) == 0 {
		return nil, nil, fmt.Errorf("%w: no record was given", ErrNothing)
	}
	records := slices.Clone(given)
	slices.SortStableFunc(records, func(a, b *Record) int {
		return cmp.Or(bytes.Compare(a.Validator[:], b.Validator[:]), -cmp.Compare(a.Round, b.Round), -cmp.Compare(len(a.Tasks), len(b.Tasks)))
	})
	d := &Dataset{}
	records = slices.CompactFunc(records, func(a, b *Record) bool { return a.Validator == b.Validator })
	if twice := len(given) - len(records); twice > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d records are shorter than another of the same validator and are left out", twice))
	}
	newest := slices.MaxFunc(records, func(a, b *Record) int { return cmp.Compare(a.Round, b.Round) })
	d.Program, d.Netuid, d.Round, d.Time = newest.Program, newest.Netuid, newest.Round, time.Unix(newest.Time, 0).UTC()
	for _, r := range records {
		if r.Netuid != d.Netuid {
			return nil, nil, fmt.Errorf("the records are of different subnets, %d and %d", d.Netuid, r.Netuid)
		}
		if r.Program.Name != d.Program.Name || !reflect.DeepEqual(r.Program.Answers, d.Program.Answers) {
			return nil, nil, fmt.Errorf("the records of %s and %s have different programs %s: their answers cannot be put together", newest.Validator.SS58(), r.Validator.SS58(), d.Program.Name)
		}
		d.Validators = append(d.Validators, r.Validator)
	}
	return d, records, nil
}

// version names the labels: another round or another label is another version.
func (d *Dataset) version() string {
	parts := [][]byte{[]byte(d.Program.Name)}
	for _, t := range d.Labels.Tasks {
		for i := range t.Subjects {
			parts = append(parts, t.Subjects[i][:])
		}
		parts = append(parts, []byte(t.Label), binary.BigEndian.AppendUint64(nil, math.Float64bits(t.Probability)))
	}
	sum := item.Sum("assay/dataset/v1", parts...)
	return "1." + strconv.FormatUint(d.Round, 10) + ".0+" + hex.EncodeToString(sum[:6])
}

// choose takes the rows whose licence is allowed.
func (d *Dataset) choose(allowed []string) error {
	for _, t := range d.Labels.Tasks {
		subjects, err := d.subjects(t)
		if err != nil {
			return err
		}
		ok := true
		for _, s := range subjects {
			if len(allowed) == 0 {
				ok = ok && s.licence != unknownLicence
			} else {
				ok = ok && slices.Contains(allowed, s.licence)
			}
		}
		if ok {
			d.rows = append(d.rows, t)
		} else {
			d.left = count(d.left, licenceOf(subjects))
		}
	}
	if len(d.rows) == 0 && len(d.left) > 0 {
		return fmt.Errorf("%w: all %d labels are left out for the licences of their items, such as %s", ErrNothing, len(d.Labels.Tasks), d.left[0].licence)
	}
	return nil
}

// count adds a row to a list that is sorted by licence.
func count(list []licenceCount, licence string) []licenceCount {
	i, found := slices.BinarySearchFunc(list, licence, func(c licenceCount, l string) int { return cmp.Compare(c.licence, l) })
	if !found {
		list = slices.Insert(list, i, licenceCount{licence: licence})
	}
	list[i].rows++
	return list
}
