package export

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/assaynet/assay/program"
)

// The specifications that the description follows.
const (
	croissantSpec = "http://mlcommons.org/croissant/1.1"
	raiSpec       = "http://mlcommons.org/croissant/RAI/1.0"
)

// object is a JSON object; encoding/json writes its keys in order.
type object = map[string]any

// writeCroissant writes the dataset's description in Croissant 1.1, JSON-LD, with the
// vocabularies for responsible AI (RAI 1.0) and for provenance (PROV-O).
func (d *Dataset) writeCroissant(w io.Writer, files []File, o Options) error {
	url := o.URL
	if url == "" {
		url = "urn:assay:dataset:" + d.Program.Name + ":" + d.Version
	}
	c := object{
		"@context": croissantContext(), "@type": "sc:Dataset", "conformsTo": []string{croissantSpec, raiSpec},
		"name": d.Program.Name + "-labels", "description": d.description(), "url": url, "version": d.Version, "citeAs": d.citation(),
		"datePublished": d.Time.Format("2006-01-02"), "creator": d.creators(), "license": d.licenceURLs(), "isLiveDataset": false,
		"keywords":     []string{"labels", string(d.Program.Answers.Type), d.taskCategory()},
		"distribution": d.distribution(files), "recordSet": d.recordSets(files),
	}
	if len(o.Languages) > 0 {
		c["inLanguage"] = o.Languages
	}
	for k, v := range d.responsible() {
		c[k] = v
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(c)
}

// croissantContext is the context of appendix 1 of the specification, and PROV-O's prefix.
func croissantContext() object {
	c := object{
		"@language": "en", "@vocab": "http://schema.org/", "sc": "http://schema.org/", "cr": "http://mlcommons.org/croissant/",
		"rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/", "prov": "http://www.w3.org/ns/prov#",
		"conformsTo": "dct:conformsTo",
		"data":       object{"@id": "cr:data", "@type": "@json"},
		"dataType":   object{"@id": "cr:dataType", "@type": "@vocab"},
		"examples":   object{"@id": "cr:examples", "@type": "@json"},
	}
	for _, term := range strings.Fields("annotation arrayShape citeAs column containedIn equivalentProperty excludes extract field fileProperty fileObject fileSet format includes isArray isLiveDataset jsonPath key md5 parentField recordSet references regex readLines sdVersion separator source subField transform unArchive value") {
		c[term] = "cr:" + term
	}
	return c
}

func (d *Dataset) description() string {
	return fmt.Sprintf("%s The question was: %s Labels with a probability each, made of the answers of %d miners as validators of subnet %d recorded them, up to round %d.",
		strings.TrimSpace(d.Program.About), d.Program.Question, len(d.Labels.Raters), d.Netuid, d.Round)
}

func (d *Dataset) creators() []object {
	var out []object
	for _, v := range d.Validators {
		out = append(out, object{"@type": "sc:Organization", "name": "Validator " + v.SS58() + " of subnet " + strconv.Itoa(int(d.Netuid))})
	}
	return out
}

// licenceURLs are the licences of labels and items; one without an address by its name.
func (d *Dataset) licenceURLs() []string {
	var out []string
	for _, id := range d.licences() {
		if url := licenceURL(id); url != "" {
			out = append(out, url)
		} else {
			out = append(out, id)
		}
	}
	return out
}

// distribution lists every file with its digest, and several shards as one set.
func (d *Dataset) distribution(files []File) []object {
	var out, shards []object
	for _, f := range files {
		o := object{"@type": "cr:FileObject", "@id": f.Name, "name": path.Base(f.Name), "contentUrl": f.Name,
			"contentSize": strconv.FormatInt(f.Bytes, 10) + " B", "encodingFormat": mediaType(f.Name), "sha256": f.SHA256}
		if strings.HasPrefix(f.Name, "data/") {
			shards = append(shards, object{"@id": f.Name})
		}
		out = append(out, o)
	}
	if len(shards) == 1 {
		return out
	}
	return append(out, object{"@type": "cr:FileSet", "@id": "shards", "name": "shards", "description": "The rows, in files of one schema.",
		"containedIn": shards, "encodingFormat": parquetType, "includes": "data/train-*.parquet"})
}

// parquetType is what Croissant's own readers know Parquet by.
const parquetType = "application/x-parquet"

func mediaType(name string) string {
	switch path.Ext(name) {
	case ".parquet":
		return parquetType
	case ".csv":
		return "text/csv"
	case ".jsonl":
		return "application/jsonlines"
	case ".md":
		return "text/markdown"
	}
	return "text/plain"
}

// recordSets describe the rows, and the ranking where there is one.
func (d *Dataset) recordSets(files []File) []object {
	source := object{"fileSet": object{"@id": "shards"}}
	if only := shardName(0, 1); files[0].Name == only {
		source = object{"fileObject": object{"@id": only}}
	}
	sets := []object{recordSet("labels", "One row for each label.", "item_id", source, Columns(d.Program))}
	if _, ok := named(files, rankingParquet); ok {
		sets = append(sets, recordSet("ranking", "Items by strength, best first.", "item", object{"fileObject": object{"@id": rankingParquet}}, RankingColumns()))
	}
	return sets
}

func recordSet(id, about, key string, source object, columns []Column) object {
	var fields []object
	for _, c := range columns {
		from := object{"extract": object{"column": c.Name}}
		for k, v := range source {
			from[k] = v
		}
		f := object{"@type": "cr:Field", "@id": id + "/" + c.Name, "name": c.Name, "description": c.About, "dataType": croissantType(c), "source": from}
		if c.Type == "strings" {
			f["isArray"], f["equivalentProperty"] = true, "prov:wasAttributedTo"
		}
		fields = append(fields, f)
	}
	return object{"@type": "cr:RecordSet", "@id": id, "name": id, "description": about, "key": object{"@id": id + "/" + key}, "field": fields}
}

func croissantType(c Column) any {
	if c.Name == "label" {
		return []string{"sc:Text", "cr:Label"}
	}
	switch c.Type {
	case "float64":
		return "sc:Float"
	case "int32", "int64":
		return "sc:Integer"
	case "bool":
		return "sc:Boolean"
	case "timestamp":
		return "sc:DateTime"
	}
	return "sc:Text"
}

// responsible is the vocabulary for responsible AI, and the dataset's provenance.
func (d *Dataset) responsible() object {
	source := "items of the program " + d.Program.Items.Program
	if d.Program.Items.Program == "" {
		source = "items of the file " + d.Program.Items.File
	}
	r := object{
		"rai:annotationsPerItem":           fmt.Sprintf("about %d; the column judgements has the number of each row", d.Program.Labelling.Redundancy),
		"rai:dataAnnotationProtocol":       "Question: " + d.Program.Question + " " + d.Program.Guidelines,
		"rai:dataAnnotationPlatform":       []string{"miners' labelling desks; assignment is secret, random and overlapping, and answers are committed before any is shown"},
		"rai:dataAnnotationAnalysis":       []string{d.analysis(), agreementText(d.Labels.Agreement)},
		"rai:annotatorDemographics":        []string{"not known: labellers are keys, of people or of programs"},
		"rai:machineAnnotationTools":       []string{"labellers may be programs; labels are inferred by the method " + d.Labels.Method},
		"rai:dataCollection":               "Validators drew " + source + " and recorded questions and signed answers.",
		"rai:dataLimitations":              d.limits(),
		"rai:personalSensitiveInformation": []string{d.personal()},
		"rai:dataUseCases":                 []string{"training and evaluation"},
		"prov:wasDerivedFrom":              object{"@id": "urn:assay:program:" + d.Program.Items.Program + d.Program.Items.File},
		"prov:wasGeneratedBy":              object{"@type": "prov:Activity", "prov:label": "truth inference by " + d.Labels.Method + " over the records of rounds up to " + strconv.FormatUint(d.Round, 10)},
	}
	if d.Program.Answers.Type == program.Pairwise {
		r["rai:dataUseCases"] = []string{"training and evaluation of preferences", "ranking"}
	}
	return r
}

// analysis says how answers became labels, and how right they are.
func (d *Dataset) analysis() string {
	if a := d.Labels.Accuracy; a.Held > 0 {
		return fmt.Sprintf("Method %s: %s. Right on %d of %d held-out gold items; of the other %d labels %s to %s are right (95 %% interval).",
			d.Labels.Method, d.Labels.Why, a.Right, a.Held, a.Others, percent(a.Lower), percent(a.Upper))
	}
	return fmt.Sprintf("Method %s: %s. No gold was held out to measure the accuracy by.", d.Labels.Method, d.Labels.Why)
}
