package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assaynet/assay/protocol"
)

var bytesType = reflect.TypeFor[[]byte]()

// maxList bounds the number of values in a list setting.
const maxList = 1024

// parse reads the texts into a new value of the setting's type. Nothing is set
// when one of them is wrong.
func (s *Setting) parse(texts []string) (reflect.Value, error) {
	out := reflect.New(s.field.Type()).Elem()
	if !s.Many() {
		if len(texts) != 1 {
			return out, fmt.Errorf("want one value, got %d", len(texts))
		}
		return out, s.parseOne(texts[0], out)
	}
	if len(texts) > maxList {
		return out, fmt.Errorf("%d values, at most %d are allowed", len(texts), maxList)
	}
	for _, text := range texts {
		one := reflect.New(s.field.Type().Elem()).Elem()
		if err := s.parseOne(text, one); err != nil {
			return out, err
		}
		out = reflect.Append(out, one)
	}
	return out, nil
}

// parseOne reads one text into v by its type, then checks the setting's form and
// range.
func (s *Setting) parseOne(text string, v reflect.Value) error {
	if len(s.Allow) > 0 && !slices.Contains(s.Allow, text) {
		if s.form == "network" && strings.Contains(text, "://") {
			v.SetString(text)
			return formEndpoint(text)
		}
		return fmt.Errorf("%q is not one of %s%s", text, strings.Join(s.Allow, ", "), didYouMean(text, `"`, s.Allow))
	}
	switch v.Interface().(type) {
	case string:
		v.SetString(text)
		return checkForm(s.form, text)
	case bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("%q is not a boolean, write true or false", text)
		}
		v.SetBool(text == "true")
	case uint16, uint64:
		n, err := strconv.ParseUint(text, 10, v.Type().Bits())
		if err != nil || !s.within(float64(n)) {
			return fmt.Errorf("%q is not a whole number from %s", text, s.interval())
		}
		v.SetUint(n)
	case float64:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !s.within(x) {
			return fmt.Errorf("%q is not a number from %s", text, s.interval())
		}
		v.SetFloat(x)
	case time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil || !s.within(d.Seconds()) {
			return fmt.Errorf("%q is not a duration from %ss, write it like 250ms, 12s or 1m30s", text, strings.Replace(s.interval(), " to ", "s to ", 1))
		}
		v.SetInt(int64(d))
	case netip.Addr:
		a, err := netip.ParseAddr(text)
		if err != nil && text != "" {
			return fmt.Errorf("%q is not an IP address", text)
		}
		v.Set(reflect.ValueOf(a))
	case netip.AddrPort:
		a, err := netip.ParseAddrPort(text)
		if err != nil {
			return fmt.Errorf("%q is not an address like 192.0.2.1:8091 or [2001:db8::1]:8091", text)
		}
		v.Set(reflect.ValueOf(a))
	default:
		return fmt.Errorf("settings of type %s cannot be read", v.Type())
	}
	return nil
}

// within checks a number against the setting's range; a duration is in seconds.
func (s *Setting) within(x float64) bool {
	low, high := s.bounds()
	return x >= low && x <= high // false for NaN
}

func (s *Setting) bounds() (low, high float64) {
	low, high = 0, math.Inf(1)
	if n, err := strconv.ParseFloat(s.min, 64); err == nil {
		low = n
	}
	if n, err := strconv.ParseFloat(s.max, 64); err == nil {
		high = n
	}
	return low, high
}

// interval is the range in words; without a limit of its own, that of the type.
func (s *Setting) interval() string {
	low, high := s.min, s.max
	if low == "" {
		low = "0"
	}
	if high == "" {
		switch s.field.Kind() {
		case reflect.Uint16:
			high = strconv.Itoa(math.MaxUint16)
		default:
			high = strconv.FormatUint(math.MaxUint64, 10)
		}
	}
	return low + " to " + high
}

// checkForm checks a text setting that must have a shape.
func checkForm(form, text string) error {
	switch form {
	case "listen":
		return formListen(text)
	case "endpoint":
		return formEndpoint(text)
	case "page":
		if u, err := url.Parse(text); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return fmt.Errorf("%q is not the URL of a page, it begins with http:// or https://", text)
		}
	case "stake":
		return formStake(text)
	case "address":
		return formAddress(text)
	case "account":
		return formAccount(text)
	case "tao":
		return formTAO(text)
	case "gold":
		return formGold(text)
	case "labeller":
		return formLabeller(text)
	case "program":
		if strings.TrimSpace(text) == "" {
			return errors.New("an empty name, write the path of a program file, or the name of one within the binary")
		}
	case "host":
		if text == "" || strings.ContainsAny(text, "/@ *") {
			return fmt.Errorf("%q is not a host, write example.org or example.org:8080", text)
		}
	}
	return nil
}

func formListen(text string) error {
	host, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if _, ipErr := netip.ParseAddr(host); err != nil || (ipErr != nil && host != "" && host != "localhost") {
		return fmt.Errorf("%q is not an address to listen on, write 127.0.0.1:8480; port 0 picks a free one", text)
	}
	return nil
}

// formStake checks address=tao.
func formStake(text string) error {
	account, tao, found := strings.Cut(text, "=")
	amount, err := strconv.ParseUint(tao, 10, 32)
	if !found || formAccount(account) != nil || err != nil || amount == 0 {
		return fmt.Errorf("%q is not a stake, write 0x<40 hex digits>=<whole TAO>, or an SS58 address before the =", text)
	}
	return nil
}

func formAccount(text string) error {
	if _, err := protocol.ParseAccount(text); err != nil && formAddress(text) != nil {
		return fmt.Errorf("%q is not an account, write 0x<40 hex digits> of an Ethereum address, or an SS58 address", text)
	}
	return nil
}

func formAddress(text string) error {
	digits, prefixed := strings.CutPrefix(text, "0x")
	if _, err := hex.DecodeString(digits); !prefixed || len(digits) != 40 || err != nil {
		return fmt.Errorf("%q is not an Ethereum address, write 0x<40 hex digits>", text)
	}
	return nil
}

func formEndpoint(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || !slices.Contains([]string{"ws", "wss", "http", "https"}, u.Scheme) {
		return fmt.Errorf("%q is not a chain endpoint, write it like ws://127.0.0.1:9944", text)
	}
	return nil
}

// format is the text that parse would read back.
func format(v reflect.Value) string {
	if v.Kind() == reflect.Slice {
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = format(v.Index(i))
		}
		return strings.Join(parts, ",")
	}
	switch x := v.Interface().(type) {
	case netip.Addr:
		if !x.IsValid() {
			return ""
		}
		return x.String()
	case time.Duration:
		return duration(x)
	default:
		return fmt.Sprint(x)
	}
}

// duration writes 1m30s and 12s as they are, and 1m0s as 1m.
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
