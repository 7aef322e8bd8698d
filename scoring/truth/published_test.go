package truth

import (
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// table names a file that TestPublishedAccuracies writes its Markdown table to.
var tableFile = flag.String("table", "", "write the table of accuracies to this file")

// published has the reference accuracies of one data set: majority with split ties,
// Dawid–Skene by maximum likelihood with its log-likelihood, and by maximum posterior, all by
// an independent exact program; iBCC and BWA by the code of their authors (Li, Rubinstein and
// Cohn 2019), which are the published ones to the printed digit where they published
// any; and the Dawid–Skene of crowd-kit 1.4.1.
type published struct {
	name                        string
	majority, ml, logLikelihood float64
	posterior, ibcc, bwa        float64
	crowdKit                    float64
}

func publishedTable() []published {
	none := math.NaN()
	return []published{
		{"bird", .7593, .8981, -1888.1168, .8889, .8889, .7593, .8889},
		{"cf", .8822, .8000, -706.1074, .8800, .8833, .8933, .8300},
		{"cf_amt", .8533, .8367, -3942.8079, .8633, .8567, .8600, .8400},
		{"ms", .7042, .7686, -4165.6387, .7886, .7900, .7857, .7686},
		{"rte", .8969, .9275, -3679.629, .9275, .9275, .9275, .9275},
		{"barzan", .6960, .7120, -2094.7468, .7090, .7050, .6960, .7090},
		{"dog", .8222, .8426, -4745.5499, .8377, .8389, .8315, .8426},
		{"sp_amt", .9430, .9440, -2741.5012, .9440, .9440, .9460, .9440},
		{"zc_in", .7409, .7574, -6463.6506, .7637, .7696, .7637, .7564},
		{"zc_us", .8613, .8225, -5510.5944, .8240, .8270, .9108, .8294},
		{"zc_all", .8319, .7961, -10590.1326, .7966, .7951, .8348, .8025},
		{"web", .7307, .8259, -17233.5583, .7776, .7508, .8225, .8292},
		{"d_possent", .9335, .9600, -8889.0908, .9590, .9600, .9560, .9600},
		{"gal_hitspam_cf", .6600, .6600, -3638.6367, .6600, none, none, .6600},
	}
}

// Accuracies agree with the reference within 0.005, and log-likelihoods of Dawid–Skene within 0.001.
func TestPublishedAccuracies(t *testing.T) {
	var out strings.Builder
	out.WriteString("| data | majority: ours, reference | DS-ML: ours, reference, crowd-kit | its log-likelihood: ours, reference | DS-MAP: ours, reference | iBCC: ours, published | BWA: ours, published | auto: method, accuracy |\n|---|---|---|---|---|---|---|---|\n")
	for _, c := range publishedTable() {
		t.Run(c.name, func(t *testing.T) {
			d := read(t, dataFolder(t, c.name), c.name, c.name+".labels.csv", c.name+".truth.csv")
			got := func(m Method, want float64) string {
				r := infer(t, d.labels, m, Options{})
				if r.Objective != "" {
					neverFalls(t, r)
				}
				a := d.accuracy(r)
				if math.Abs(a-want) > 0.005 {
					t.Errorf("%s: accuracy %.4f, the reference has %.4f", m, a, want)
				}
				if math.IsNaN(want) {
					return fmt.Sprintf("%.4f, –", a)
				}
				return fmt.Sprintf("%.4f, %.4f", a, want)
			}
			l := infer(t, d.labels, DawidSkene, Options{}).LogLikelihood
			if math.Abs(l-c.logLikelihood) > 1e-3 {
				t.Errorf("log-likelihood %.4f, the reference has %.4f", l, c.logLikelihood)
			}
			chosen := infer(t, d.labels, Auto, Options{})
			fmt.Fprintf(&out, "| %s | %s | %s, %.4f | %.4f, %.4f | %s | %s | %s | %s, %.4f |\n", c.name, got(Majority, c.majority),
				got(DawidSkene, c.ml), c.crowdKit, l, c.logLikelihood, got(DawidSkeneMAP, c.posterior), got(IBCC, c.ibcc), got(BWA, c.bwa), chosen.Method, d.accuracy(chosen))
		})
	}
	t.Log("\n" + out.String())
	if *tableFile != "" {
		if err := os.WriteFile(*tableFile, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The reference program stops the maximum of the posterior as soon as the likelihood alone falls,
// although the posterior still rises. After as many passes ours has its accuracies to the
// printed digit; and ours, which goes on, is still within 0.005 by the test above.
func TestPosteriorAtThePassesOfTheReference(t *testing.T) {
	for _, c := range []struct {
		name   string
		passes int
		want   float64
	}{{"cf_amt", 7, .8633}, {"ms", 38, .7886}, {"dog", 20, .8377}, {"web", 30, .7776}} {
		t.Run(c.name, func(t *testing.T) {
			d := read(t, dataFolder(t, c.name), c.name, c.name+".labels.csv", c.name+".truth.csv")
			o := Options{Iterations: c.passes, Tolerance: -1}
			r := infer(t, d.labels, DawidSkeneMAP, o)
			o.Iterations--
			before := infer(t, d.labels, DawidSkeneMAP, o)
			if got := d.accuracy(r); math.Abs(got-c.want) > 0.00005 {
				t.Errorf("accuracy %.4f, the reference has %.4f", got, c.want)
			}
			if !(r.LogLikelihood < before.LogLikelihood) {
				t.Errorf("log-likelihood %v after %v does not fall", r.LogLikelihood, before.LogLikelihood)
			}
			neverFalls(t, r)
		})
	}
}

// The authors' code of iBCC takes equal labels of a worker at a task as one. Without these
// repeats ours has its accuracies to the printed digit; with them, within 0.005.
func TestIBCCWithoutRepeats(t *testing.T) {
	for name, want := range map[string]float64{"zc_in": .7696, "zc_us": .8270, "zc_all": .7951} {
		d := read(t, "testdata", name, name+".labels.csv", name+".truth.csv")
		var task, worker, class []int32
		for i := range d.labels.tasks {
			workers, classes := d.labels.row(i)
			for j, w := range workers {
				if _, fresh := reading(workers, classes, j); fresh {
					task, worker, class = append(task, int32(i)), append(worker, w), append(class, classes[j])
				}
			}
		}
		d.labels = mustLabels(t, d.labels.tasks, d.labels.workers, d.labels.classes, task, worker, class)
		if got := d.accuracy(infer(t, d.labels, IBCC, Options{})); math.Abs(got-want) > 0.00005 {
			t.Errorf("%s: accuracy %.4f, the authors' code has %.4f", name, got, want)
		}
	}
}

// Dawid and Skene 1979, 45 patients and five clinicians, of whom the first judged three times.
func TestClinicians(t *testing.T) {
	d := read(t, "testdata", "ds1979_card", "ds1979_card.labels.csv", "")
	l := d.labels
	e := newExpectation(l, Options{})
	e.start()
	r := infer(t, l, DawidSkene, Options{})
	if math.Abs(r.LogLikelihood - -192.8909) > 1e-4 {
		t.Errorf("log-likelihood %.4f, want -192.8909", r.LogLikelihood)
	}
	for range r.Iterations {
		e.frequencies()
		e.confusions(false)
		e.pass()
	}
	offset := l.classes - 4 // the labels are numbered from 1
	for k, want := range []float64{.3996, .4220, .1118, .0667} {
		if got := e.prior[k+offset]; math.Abs(got-want) > 6e-5 {
			t.Errorf("share of class %d is %.4f, want %.4f", k+1, got, want)
		}
	}
	for k, want := range []float64{.889, .876, .661, .444} {
		cell := -1
		for c := l.cellStart[0]; c < l.cellStart[1]; c++ {
			if int(l.cellClass[c]) == k+offset {
				cell = int(c)
			}
		}
		if got := e.table[cell*l.classes+k+offset]; math.Abs(got-want) > 6e-4 {
			t.Errorf("the first clinician says %d when it is with %.3f, want %.3f", k+1, got, want)
		}
	}
}

// The generated inputs and what other programs find on them: crowd-kit for majority and one-coin, an
// exact twin for Dawid–Skene after ten passes, the authors' code for iBCC and BWA.
func TestGeneratedInputs(t *testing.T) {
	folder := os.Getenv("STATISTICS_INPUTS")
	if folder == "" {
		t.Skip("STATISTICS_INPUTS does not name a folder of generated inputs")
	}
	ten := Options{Iterations: 10, Tolerance: -1}
	for _, c := range []struct {
		name                string
		m                   Method
		o                   Options
		accuracy, tolerance float64
		logLikelihood       float64
	}{
		{"labels_1e5", DawidSkene, ten, .93705, 6e-6, -106422.5455},
		{"labels_1e5", OneCoin, ten, .94755, 6e-6, 0},
		{"labels_1e6", DawidSkene, ten, .93914, 6e-6, -1062309.4804},
		{"labels_1e6", Majority, Options{}, .93045, 6e-6, 0},
		{"labels_1e6", IBCC, Options{}, .94180, 1e-4, 0},
		{"labels_1e6", BWA, Options{}, .94724, 1e-4, 0},
	} {
		d := read(t, folder, c.name, c.name+".csv", c.name+".truth.csv")
		r := infer(t, d.labels, c.m, c.o)
		if c.logLikelihood != 0 && math.Abs(r.LogLikelihood-c.logLikelihood) > 1e-4 {
			t.Errorf("%s, %s: log-likelihood %.4f, want %.4f", c.name, c.m, r.LogLikelihood, c.logLikelihood)
		}
		if got := d.firstAccuracy(r); math.Abs(got-c.accuracy) > c.tolerance {
			t.Errorf("%s, %s: accuracy %.5f, want %.5f", c.name, c.m, got, c.accuracy)
		}
	}
}
