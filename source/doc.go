// Package source is where data comes from: web pages, feeds and local files.
//
// A Client fetches politely (robots.txt, a rate per host, conditional requests,
// retries with backoff) and safely: validators fetch addresses that miners
// chose, so every connection passes a Guard that knows no way inside. What a
// fetch came to is a Status with a Reason, so that a page that is gone is never
// mistaken for a failure of our own.
//
// Extract turns a page into a Record. Miner and validator use the same
// function, so that equal pages give equal records.
//
// Crawler and File collect records in passes. A pass resumes from an opaque
// cursor and hands back the next one, also when it is cancelled halfway.
package source
