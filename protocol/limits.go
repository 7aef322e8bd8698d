package protocol

// Limits on what one side accepts from the other. They are checked before a
// byte is decoded, so memory is bounded by them times the connections allowed.
const (
	// Version is the protocol spoken here; the other side must speak it too.
	Version = 1

	// MaxRequestBytes bounds an encoded request envelope.
	MaxRequestBytes = 256 << 10
	// MaxAnswerBytes bounds an encoded answer envelope.
	MaxAnswerBytes = 4 << 20

	// MaxParts is how many roots one ItemsRequest may ask under: the newest
	// receipted one and those of unanswered questions.
	MaxParts = 4
	// MaxDraws is how many draws one part may hold.
	MaxDraws = 64
	// MaxClaims is how many keys one ClaimsRequest may name.
	MaxClaims = 128
	// MaxNodes is how many tree nodes one answer may open.
	MaxNodes = 4096
	// MaxMessage bounds the text of a refusal, in bytes.
	MaxMessage = 256
	// MaxItems is how many items one answer may carry, and on how many the draws of
	// one part may land: one for each draw that samples, several for one that opens a
	// bucket.
	MaxItems = MaxParts * MaxDraws
	// MaxTasks is how many tasks one TasksRequest may hand out.
	MaxTasks = 32
	// MaxTaskBytes bounds what the tasks of one request show, in bytes of encoded items.
	MaxTaskBytes = 192 << 10
	// MaxSubjects is how many items one task may show.
	MaxSubjects = 2
	// MaxMarks is how many spent gold answers one TasksRequest may tell of.
	MaxMarks = 128
	// MaxCode bounds the reason code of a refusal, in bytes.
	MaxCode = 32
)
