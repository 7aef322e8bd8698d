package main

import (
	"io"
	"log/slog"
	"os"

	"github.com/mattn/go-isatty"

	"github.com/assaynet/assay/config"
)

// newLogger writes plain text on a terminal and JSON elsewhere, unless the format
// is set. It never writes colour, so NO_COLOR has nothing to switch off.
func newLogger(c config.Log, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Threshold(), ReplaceAttr: nameTrace}
	if asText(c, w) {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

func asText(c config.Log, w io.Writer) bool {
	return c.Format == "text" || c.Format == "auto" && isTerminal(w)
}

func nameTrace(groups []string, a slog.Attr) slog.Attr {
	if level, ok := a.Value.Any().(slog.Level); ok && len(groups) == 0 && a.Key == slog.LevelKey && level == config.LevelTrace {
		a.Value = slog.StringValue("TRACE")
	}
	return a
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
