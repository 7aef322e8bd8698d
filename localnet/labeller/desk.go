package labeller

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Limits on what a desk is believed.
const (
	maxReply    = 2 << 20 // bytes: a batch of tasks
	maxToken    = 1 << 10
	maxPrograms = 64
	maxBatch    = 32 // tasks
	requestTime = 10 * time.Second
	tries       = 4 // of one call that fails for a reason that may pass
)

// refusal is an answer that is not a success. Its text is the desk's own.
type refusal struct {
	status  int
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (r *refusal) Error() string {
	return fmt.Sprintf("the desk refused with status %d, %.40q: %.200q", r.status, r.Code, r.Message)
}

// passes says whether the same call may succeed later.
func (r *refusal) passes() bool {
	return r.status == http.StatusTooManyRequests || r.status >= http.StatusInternalServerError
}

// client speaks to one desk as one labeller.
type client struct {
	base  *url.URL // scheme and host
	http  *http.Client
	key   *protocol.Key
	pause time.Duration // before the second try; doubles
	token string        // empty while not signed in
}

func newClient(desk string, key *protocol.Key, pause time.Duration) (*client, error) {
	base, err := url.Parse(desk)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("address of the desk %q: want http://host:port", desk)
	}
	return &client{key: key, pause: pause, base: &url.URL{Scheme: base.Scheme, Host: base.Host}, http: plainClient()}, nil
}

// plainClient follows no redirect: what is signed for one desk is for no other.
func plainClient() *http.Client {
	return &http.Client{
		Timeout:       requestTime,
		Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// call sends a request, a GET where it has no body, and reads the answer into out. A
// failure that may pass is met by a few more tries of the same bytes.
func (c *client) call(ctx context.Context, path string, body, out any) error {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	pause := c.pause
	for try := 1; ; try++ {
		err := c.once(ctx, path, sent, out)
		r, refused := errors.AsType[*refusal](err)
		if err == nil || try == tries || refused && !r.passes() || errors.Is(err, errReply) {
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			return nil
		}
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
		pause *= 2
	}
}

// errReply is an answer that does not read; the same call will hardly give another.
var errReply = errors.New("the desk's answer does not read")

func (c *client) once(ctx context.Context, path string, sent []byte, out any) error {
	method := http.MethodPost
	if sent == nil {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.JoinPath(path).String(), bytes.NewReader(sent))
	if err != nil {
		return err
	}
	if sent != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	switch {
	case err != nil:
		return err
	case len(raw) > maxReply:
		return fmt.Errorf("%w: it is longer than %d bytes", errReply, maxReply)
	case res.StatusCode < 200 || res.StatusCode > 299:
		var e struct{ Error refusal }
		_ = json.Unmarshal(raw, &e) // what is no JSON leaves the code empty
		e.Error.status = res.StatusCode
		return &e.Error
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%w: %w", errReply, err)
	}
	return nil
}

// sleep reports whether the whole pause passed.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// deskInfo is what a desk says of itself.
type deskInfo struct {
	Miner    string    `json:"miner"`
	ChainID  uint64    `json:"chain_id"`
	Programs []Program `json:"programs"`
}

var (
	hotkey = regexp.MustCompile(`^0x[0-9a-f]{64}$`)
	nonce  = regexp.MustCompile(`^[A-Za-z0-9]{8,128}$`)
)

func (c *client) desk(ctx context.Context) (deskInfo, error) {
	var d deskInfo
	if err := c.call(ctx, "/api/v1/desk", nil, &d); err != nil {
		return d, err
	}
	if !hotkey.MatchString(d.Miner) {
		return d, fmt.Errorf("%w: the miner is %.80q, want 0x and 64 digits", errReply, d.Miner)
	}
	if len(d.Programs) > maxPrograms {
		return d, fmt.Errorf("%w: %d programs, at most %d", errReply, len(d.Programs), maxPrograms)
	}
	for _, p := range d.Programs {
		if err := checkProgram(p); err != nil {
			return d, fmt.Errorf("%w: %w", errReply, err)
		}
	}
	return d, nil
}

// signIn asks for a nonce and signs the text of EIP-4361 with it.
func (c *client) signIn(ctx context.Context, d deskInfo, now time.Time) error {
	var n struct{ Nonce string }
	if err := c.call(ctx, "/api/v1/nonce", struct{}{}, &n); err != nil {
		return err
	}
	if !nonce.MatchString(n.Nonce) {
		return fmt.Errorf("sign in: %w: the nonce is %.40q, want 8 to 128 letters and digits", errReply, n.Nonce)
	}
	text := fmt.Sprintf("%s wants you to sign in with your Ethereum account:\n%s\n\nLabel for miner %s.\n\nURI: %s\nVersion: 1\nChain ID: %d\nNonce: %s\nIssued At: %s",
		c.base.Host, c.key.Address().Hex(), d.Miner, c.base, d.ChainID, n.Nonce, now.UTC().Format(time.RFC3339))
	signature, err := c.key.SignPersonal(text)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	var session struct{ Token string }
	err = c.call(ctx, "/api/v1/login", map[string]string{
		"labeller": c.key.Labeller(), "message": text, "signature": "0x" + hex.EncodeToString(signature),
	}, &session)
	if err != nil {
		return err
	}
	unprintable := func(r rune) bool { return r <= ' ' || r > '~' }
	if session.Token == "" || len(session.Token) > maxToken || strings.ContainsFunc(session.Token, unprintable) {
		return fmt.Errorf("sign in: %w: a token of %d bytes, want 1 to %d printable ones", errReply, len(session.Token), maxToken)
	}
	c.token = session.Token
	return nil
}

// tasks leases up to limit tasks of a program.
func (c *client) tasks(ctx context.Context, p Program, limit int) ([]Task, error) {
	var got struct {
		Tasks []struct {
			ID       item.Hash `json:"id"`
			Program  string    `json:"program"`
			Subjects []Subject `json:"subjects"`
		}
	}
	if err := c.call(ctx, "/api/v1/tasks", map[string]any{"program": p.Name, "limit": limit}, &got); err != nil {
		return nil, err
	}
	var out []Task
	for _, t := range got.Tasks {
		if t.Program != p.Name || len(t.Subjects) == 0 || len(t.Subjects) > protocol.MaxSubjects {
			return nil, fmt.Errorf("%w: task %s of %.40q shows %d items", errReply, t.ID.Short(), t.Program, len(t.Subjects))
		}
		out = append(out, Task{ID: t.ID, Program: p, Subjects: t.Subjects})
	}
	return out[:min(len(out), limit)], nil
}

// answer signs an answer and hands it in.
func (c *client) answer(ctx context.Context, t Task, answer string, millis uint32) error {
	signature, err := c.key.SignPersonal(protocol.JudgementText(t.Program.Name, t.ID, answer, "", millis))
	if err != nil {
		return fmt.Errorf("answer a task: %w", err)
	}
	var kept struct{ State string }
	return c.call(ctx, "/api/v1/answers", map[string]any{
		"task": t.ID, "answer": answer, "comment": "", "millis": millis, "signature": "0x" + hex.EncodeToString(signature),
	}, &kept)
}

// skip leaves a task to others.
func (c *client) skip(ctx context.Context, t Task) error {
	var state struct{ State string }
	return c.call(ctx, "/api/v1/skip", map[string]any{"task": t.ID, "reason": "unclear"}, &state)
}
