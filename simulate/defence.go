package simulate

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/zoo"
)

// SwitchOff leaves a defence out of a scenario. It changes the parameters or the
// defences of the scenario in place; another scenario may share neither.
func SwitchOff(sc *Scenario, d zoo.Defence) error {
	switch d.Parameter {
	case "defences":
		at := map[string]*bool{
			"draws_foreseen": &sc.Defences.DrawsForeseen, "no_canonical": &sc.Defences.NoCanonical, "draws_by_leaf": &sc.Defences.DrawsByLeaf,
		}[d.Off]
		if at == nil {
			return fmt.Errorf("simulate: a scenario has no defence %q", d.Off)
		}
		*at = true
		return nil
	case "without":
		return setParameter(sc, d.Parameter, "["+strings.ReplaceAll(d.Off, ",", ", ")+"]")
	}
	return setParameter(sc, d.Parameter, d.Off)
}

// setParameter gives a parameter of the scoring another value.
func setParameter(sc *Scenario, name, value string) error {
	text := sc.Parameters
	if text == nil {
		text = scoring.DefaultParameters()
	}
	line := regexp.MustCompile("(?m)^" + regexp.QuoteMeta(name) + ":.*$")
	set := []byte(name + ": " + value)
	if line.Match(text) {
		text = line.ReplaceAllLiteral(text, set)
	} else {
		text = append(bytes.Clone(text), append(set, '\n')...)
	}
	if _, err := scoring.DecodeParameters(text); err != nil {
		return fmt.Errorf("simulate: set %s to %s: %w", name, value, err)
	}
	sc.Parameters = text
	return nil
}
