package export

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// hubLicences are the Hub's names of licences, by their SPDX identifiers.
func hubLicences() map[string]string {
	names := map[string]string{"ODbL-1.0": "odbl", "PDDL-1.0": "pddl", "ODC-By-1.0": "odc-by", "Unlicense": "unlicense"}
	for _, id := range []string{
		"Apache-2.0", "MIT", "CC0-1.0", "CC-BY-2.0", "CC-BY-2.5", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0",
		"CC-BY-NC-2.0", "CC-BY-NC-3.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-3.0", "CC-BY-NC-ND-4.0",
		"CC-BY-NC-SA-2.0", "CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0", "GFDL-1.3", "WTFPL", "BSD-2-Clause", "BSD-3-Clause",
	} {
		names[id] = strings.ToLower(id)
	}
	names["GFDL-1.3"] = "gfdl"
	return names
}

// licences are the identifiers in the licences of the rows and of the labels, sorted.
func (d *Dataset) licences() []string {
	ids := identifiers(d.Program.Licence)
	for _, c := range d.rowLicences() {
		ids = append(ids, identifiers(c.licence)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// rowLicences counts the licences of the rows.
func (d *Dataset) rowLicences() []licenceCount {
	var out []licenceCount
	for _, t := range d.rows {
		if subjects, err := d.subjects(t); err == nil {
			out = count(out, licenceOf(subjects))
		}
	}
	return out
}

// identifiers are the licences that an SPDX expression names.
func identifiers(expression string) []string {
	words := strings.FieldsFunc(expression, func(r rune) bool { return r == ' ' || r == '(' || r == ')' })
	return slices.DeleteFunc(words, func(w string) bool { return w == "AND" || w == "OR" || w == "WITH" })
}

// licenceURL is where a licence of the SPDX list is described; empty of others, and of
// what is no identifier.
func licenceURL(id string) string {
	if strings.HasPrefix(id, "LicenseRef-") || strings.ContainsFunc(id, func(r rune) bool { return !wordy(r) && !strings.ContainsRune(".+-", r) }) {
		return ""
	}
	return "https://spdx.org/licenses/" + id
}

// writeLicence says what stands under which licence.
func (d *Dataset) writeLicence(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Labels\n\nThe labels, probabilities, rankings and descriptions in this folder stand under\nthe licence of the program that they were made for: %s\n\n", d.Program.Licence)
	b.WriteString("Items\n\nTitles, authors and texts belong to their sources. Each row has the licence of its\nitem, an SPDX expression, in the column licence:\n\n")
	for _, c := range d.rowLicences() {
		fmt.Fprintf(&b, "  %s: %d rows\n", c.licence, c.rows)
	}
	b.WriteString("\nThe licences\n\n")
	for _, id := range d.licences() {
		if url := licenceURL(id); url != "" {
			fmt.Fprintf(&b, "  %s  %s\n", id, url)
		} else {
			fmt.Fprintf(&b, "  %s  is not on the SPDX list: see the source of the item\n", id)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
