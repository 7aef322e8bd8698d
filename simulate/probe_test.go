package simulate

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/assaynet/assay/zoo"
)

type probed struct {
	warm  uint64
	pay   map[string]float64
	kind  map[string]string
	dec   map[string]map[string]string
	epoch uint64
	each  map[string][]float64
}

func (p *probed) Epoch(r Report) {
	p.epoch = r.Epoch
	for _, m := range r.Miners {
		p.kind[m.Actor] = m.Kind
		p.each[m.Actor] = append(p.each[m.Actor], m.Incentive)
		if r.Epoch >= p.warm {
			p.pay[m.Actor] += m.Incentive
		}
	}
}
func (p *probed) Decided(d Decision) {
	if p.dec[d.Actor] == nil {
		p.dec[d.Actor] = map[string]string{}
	}
	k := d.What
	if _, ok := p.dec[d.Actor][k]; !ok {
		p.dec[d.Actor][k] = fmt.Sprintf("%s@%d/%v", d.What, d.Epoch, d.Rows)
	}
}

func env(name string, standard float64) float64 {
	if v, err := strconv.ParseFloat(os.Getenv(name), 64); err == nil {
		return v
	}
	return standard
}

func grid(a zoo.Adversary) []map[string]float64 {
	out := []map[string]float64{{}}
	for _, s := range a.Settings {
		var next []map[string]float64
		for _, have := range out {
			for _, v := range s.Try {
				m := map[string]float64{s.Name: v}
				for k, x := range have {
					m[k] = x
				}
				next = append(next, m)
			}
		}
		out = next
	}
	return out
}

func TestProbe(t *testing.T) {
	if os.Getenv("PROBE") == "" {
		t.Skip()
	}
	var groups []MinerGroup
	for _, spec := range strings.Split(os.Getenv("PROBE"), " ") {
		name, rest, _ := strings.Cut(spec, ":")
		a, ok := zoo.Find(name)
		if !ok {
			t.Fatal(name)
		}
		all := []map[string]float64{{}}
		switch {
		case rest == "grid":
			all = grid(a)
		case rest == "at":
			all = []map[string]float64{a.At}
		case rest != "":
			m := map[string]float64{}
			for _, kv := range strings.Split(rest, ",") {
				k, v, _ := strings.Cut(kv, "=")
				m[k], _ = strconv.ParseFloat(v, 64)
			}
			all = []map[string]float64{m}
		}
		for _, m := range all {
			groups = append(groups, MinerGroup{Name: fmt.Sprint(name, m), Count: 1, Kind: name, Settings: m, Quality: env("QUALITY", 0.99), Pages: env("PAGES", 40), Topics: int(env("TOPICS", 0))})
		}
		if os.Getenv("OFF") == "own" {
			continue
		}
	}
	per := int(env("PER", 6))
	for len(groups) > 0 {
		some := groups[:min(per, len(groups))]
		groups = groups[len(some):]
		sums := map[string][]float64{}
		var last *probed
		for run := range int(env("RUNS", 1)) {
			sc := Defaults()
			sc.Epochs, sc.Seed = uint64(env("EPOCHS", 60)), uint64(env("SEED", 7))
			sc.Source.Backlog = env("BACKLOG", 40)
			sc.Validators = []ValidatorGroup{{Name: "v", Count: 1, Stake: 1000, Kind: "honest"}}
			sc.Miners = append([]MinerGroup{{Name: "h", Count: int(env("HONEST", 6)), Kind: "honest", Quality: env("QUALITY", 0.99), Pages: env("PAGES", 40), Topics: int(env("TOPICS", 0))}}, some...)
			if off := os.Getenv("OFF"); off != "" {
				for _, o := range strings.Split(off, ";") {
					p, v, _ := strings.Cut(o, "=")
					if err := SwitchOff(sc, zoo.Defence{Parameter: p, Off: v}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if h := os.Getenv("HALF"); h != "" {
				text := strings.Replace(string(sc.Programs[0]), "half_life: 168h", "half_life: "+h, 1)
				sc.Programs = [][]byte{[]byte(strings.Replace(text, "max_age: 720h", "max_age: "+os.Getenv("MAXAGE"), 1))}
			}
			if l := os.Getenv("LABELS"); l != "" {
				text := strings.Replace(string(sc.Programs[0]), "labels: [exmh-users, exmh-workers, fork, ilug, misc, razor-users, rpm-zzzlist, spamassassin-talk, zzzzteana]", "labels: ["+l+"]", 1)
				sc.Programs = [][]byte{[]byte(text)}
			}
			p := &probed{warm: uint64(env("WARM", 20)), pay: map[string]float64{}, kind: map[string]string{}, dec: map[string]map[string]string{}, each: map[string][]float64{}}
			if err := Run(context.Background(), sc, run, p, Options{}); err != nil {
				t.Fatal(err)
			}
			var honest []float64
			for a, k := range p.kind {
				if k == "honest" {
					honest = append(honest, p.pay[a])
				}
			}
			mean := 0.0
			for _, x := range honest {
				mean += x / float64(len(honest))
			}
			for a := range p.kind {
				sums[a] = append(sums[a], p.pay[a]/mean)
			}
			last = p
		}
		var names []string
		for a := range sums {
			names = append(names, a)
		}
		slices.Sort(names)
		for _, a := range names {
			if last.kind[a] == "honest" && os.Getenv("ALL") == "" {
				continue
			}
			m, s := stat(sums[a])
			line := fmt.Sprintf("%-60s %.3f ± %.3f %v", a, m, s, last.dec[a])
			if os.Getenv("EACH") != "" {
				line += fmt.Sprintf(" %.3f", last.each[a])
			}
			fmt.Println(line)
		}
	}
}

func stat(x []float64) (mean, se float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		se += (v - mean) * (v - mean)
	}
	if len(x) > 1 {
		se = math.Sqrt(se / float64(len(x)-1) / float64(len(x)))
	}
	return
}
