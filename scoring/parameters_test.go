package scoring

import (
	"errors"
	"strings"
	"testing"

	"github.com/assaynet/assay/yamlfile"
)

// A bad parameter file is answered with every mistake, its line and column, and what is
// allowed there.
func TestParameterMistakesHaveTheirPlace(t *testing.T) {
	shipped := string(DefaultParameters())
	place := func(text string) int { return strings.Count(shipped[:strings.Index(shipped, text)], "\n") + 1 }
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"out of range", "\nalpha: 0.01", "\nalpha: 0.7", []string{"alpha: 0.7, want 1e-09 to 0.5"}},
		{"not a number", "\nforget: 0.99", "\nforget: [1]", []string{"forget: want a number"}},
		{"a negative count", "\nflag_rounds: 5000", "\nflag_rounds: -3", []string{"flag_rounds: want a whole number of 0 or more"}},
		{"unknown key", "\ngamma: 2", "\ngama: 2", []string{"gama: unknown key, want one of alpha, bad,"}},
		{"twice", "\ngamma: 2", "\ngamma: 2\ngamma: 2", []string{"gamma"}},
		{"nothing", "\npaired: true", "\npaired: perhaps", []string{"paired: want true or false"}},
		{"of another rule", "\nnoise_prior: 50", "\nnoise_prior: 50\nnoise_window: 512", []string{"noise_window: belongs to"}},
		{"of a rule that is off", "\npaired: true", "\npaired: false\nnoise_quantile: 0.9", []string{"trial_alarm: belongs to", "trial_clear: belongs to", "forget_program: belongs to"}},
	} {
		_, err := DecodeParameters([]byte(strings.Replace(shipped, c.old, c.new, 1)))
		var mistakes *yamlfile.Error
		if !errors.As(err, &mistakes) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(mistakes.Mistakes) != len(c.want) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for i, want := range c.want {
			m := mistakes.Mistakes[i]
			if line := place(strings.TrimPrefix(c.old, "\n")); m.Line < line || m.Line > line+40 || m.Column < 1 || !strings.Contains(m.What, want) {
				t.Errorf("%s: %v, want %q at its place", c.name, m, want)
			}
		}
	}
	// Several mistakes are reported together.
	_, err := DecodeParameters([]byte(strings.NewReplacer("\nbad: 0.90", "\nbad: 0.99", "\ngamma: 2", "\ngamma: 20", "\nwatch_factor: 2", "").Replace(shipped)))
	for _, want := range []string{"bad: 0.99, want 0.01 to 0.96", "gamma: 20, want 1 to 8", "watch_factor: 0, want 1 to 16"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q too", err, want)
		}
	}
	if _, err := DecodeParameters([]byte(strings.Repeat("#", MaxParameterBytes+1))); err == nil {
		t.Error("a file of any length is read")
	}
}
