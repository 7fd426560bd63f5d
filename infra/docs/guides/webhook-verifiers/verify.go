// Verifies a message: `verify(secret, header, body, now)`. The standard library is enough.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const tolerance = 5 * time.Minute

// verify says whether the message was signed with the secret, and not long ago.
func verify(secret string, header http.Header, body []byte, now time.Time) bool {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseUint(timestamp, 10, 40)
	if err != nil || id == "" {
		return false
	}
	if now.Sub(time.Unix(int64(seconds), 0)).Abs() > tolerance {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	expected := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for _, given := range strings.Split(header.Get("webhook-signature"), " ") {
		if hmac.Equal(expected, []byte(given)) {
			return true
		}
	}
	return false
}

// go run verify.go SECRET ID TIMESTAMP SIGNATURES NOW < body
func main() {
	given := os.Args[1:]
	header := http.Header{}
	header.Set("webhook-id", given[1])
	header.Set("webhook-timestamp", given[2])
	header.Set("webhook-signature", given[3])
	body, err := io.ReadAll(os.Stdin)
	now, wrong := strconv.ParseInt(given[4], 10, 64)
	if err != nil || wrong != nil || !verify(given[0], header, body, time.Unix(now, 0)) {
		os.Exit(1)
	}
}
