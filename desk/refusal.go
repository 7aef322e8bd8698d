package desk

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// The codes of refusals. They are stable: clients and metrics go by them.
const (
	CodeUnauthorised   = "unauthorised"    // no token, or one that is not or no longer valid
	CodeNonce          = "nonce"           // not this desk's nonce, too old, or used
	CodeMessage        = "bad_message"     // a sign-in message of another form or content
	CodeSignature      = "bad_signature"   // not the labeller's signature of this
	CodeNotInvited     = "not_invited"     // not on the list of those who may sign in
	CodeUnknownProgram = "unknown_program" // no labelling program of this name
	CodeUnknownTask    = "unknown_task"    // no task of this id
	CodeNotYours       = "not_yours"       // the task is not leased to this labeller
	CodeAnswered       = "answered"        // there is an answer already
	CodeClosed         = "closed"          // the task's time is over
	CodeSealed         = "sealed"          // the answer is committed to
	CodeAnswerSpace    = "answer_space"    // an answer that the program does not have
	CodeTooLarge       = "too_large"       // a text or body over its limit
	CodeMarkup         = "comment_markup"  // a comment that is not plain text
	CodeTimeClaim      = "time_claim"      // more time claimed than there was, or none
	CodeQuota          = "quota"           // the labeller's answers of the day are used up
	CodeBusy           = "busy"            // too many requests, or too many tasks that were not answered
	CodeRequest        = "bad_request"     // not a request that the desk takes
	CodeReason         = "reason"          // a skip without one of the reasons
	CodeInternal       = "internal"        // a fault of the desk
)

// rule is what goes with a code: the HTTP status, and what to do.
type rule struct {
	code   string
	status int
	cure   string
}

func rules() []rule {
	return []rule{
		{CodeUnauthorised, http.StatusUnauthorized, "sign in: get a nonce, sign the message with it, and send the token as Authorization: Bearer"},
		{CodeNonce, http.StatusUnauthorized, "get a new nonce and sign in with that"},
		{CodeMessage, http.StatusBadRequest, "sign the message in the exact form that the desk asks for"},
		{CodeSignature, http.StatusForbidden, "sign this very text with the key that you are signed in with"},
		{CodeNotInvited, http.StatusForbidden, "ask the miner's operator to add this labeller to desk.labellers, or sign in with a key that is there"},
		{CodeUnknownProgram, http.StatusNotFound, "choose one of the programs of GET /api/v1/desk"},
		{CodeUnknownTask, http.StatusNotFound, "get tasks from POST /api/v1/tasks"},
		{CodeNotYours, http.StatusConflict, "get tasks from POST /api/v1/tasks, and answer before the lease ends"},
		{CodeAnswered, http.StatusConflict, "go on with the next task"},
		{CodeClosed, http.StatusGone, "go on with the next task"},
		{CodeSealed, http.StatusConflict, "go on with the next task: the miner has committed to the answers"},
		{CodeAnswerSpace, http.StatusUnprocessableEntity, "choose an answer that the program has"},
		{CodeTooLarge, http.StatusRequestEntityTooLarge, "send less"},
		{CodeMarkup, http.StatusUnprocessableEntity, "write the comment as plain text, without tags and control characters"},
		{CodeTimeClaim, http.StatusUnprocessableEntity, "send the milliseconds that were spent on the task since it was leased, at least 1"},
		{CodeQuota, http.StatusForbidden, "go on tomorrow (UTC), or with another program"},
		{CodeBusy, http.StatusTooManyRequests, "try again in a second"},
		{CodeRequest, http.StatusBadRequest, "correct the request"},
		{CodeReason, http.StatusUnprocessableEntity, "give one of the reasons"},
		{CodeInternal, http.StatusInternalServerError, "try again later; the miner's log has the cause"},
	}
}

// refusal is why a call was not served. Nothing has changed then.
type refusal struct {
	rule
	message string
	after   time.Duration // when it may be tried again, where that is known
}

// Error implements error.
func (r *refusal) Error() string { return r.code + ": " + r.message }

// refuse makes the refusal of a code.
func refuse(code, format string, args ...any) *refusal {
	for _, r := range rules() {
		if r.code == code {
			return &refusal{rule: r, message: fmt.Sprintf(format, args...)}
		}
	}
	return refuse(CodeInternal, "no rule for %s", code)
}

// cured is the refusal with a cure of its own.
func (r *refusal) cured(cure string) *refusal {
	r.cure = cure
	return r
}

// refusalOf is the refusal within err; any other error is a fault of the desk, whose
// details are not told to strangers.
func refusalOf(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	return refuse(CodeInternal, "the desk could not do this")
}
