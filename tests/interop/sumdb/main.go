// Checks a log with golang.org/x/mod's sumdb packages (Debian: golang-golang-x-mod-dev), which this project did not write.
// Standard input: one JSON object a line; standard output: one a line, {"ok": true, ...} or {"ok": false, "why": text}.
//
//	{"what": "note",   "vkey", "note"}                              size and root of a checkpoint
//	{"what": "record", "vkey", "proof", "leaf" or "hash"}           a receipt: leaf (base64) or its hash, and tlog-proof text
//	{"what": "tree",   "vkey", "old", "new", "proof": [base64]}     consistency of two checkpoints
//	{"what": "tiles",  "vkey", "note", "old", "base", "pin", "hashes": [base64]}   every leaf, and an older checkpoint, proved from tiles fetched
package main

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	What, Vkey, Note, Old, New, Base, Pin string
	Leaf, Hash                            string
	Proof                                 json.RawMessage
	Hashes                                []string
}

type answer struct {
	OK     bool   `json:"ok"`
	Why    string `json:"why,omitempty"`
	Origin string `json:"origin,omitempty"`
	Size   int64  `json:"size,omitempty"`
	Root   string `json:"root,omitempty"`
	Tiles  int    `json:"tiles,omitempty"`
}

// checkpoint opens a signed note and reads origin, size and root from its text (C2SP tlog-checkpoint).
func checkpoint(vkey, text string) (string, tlog.Tree, error) {
	var tree tlog.Tree
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return "", tree, err
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return "", tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return "", tree, errors.New("not a checkpoint of this log")
	}
	tree.N, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return "", tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return lines[0], tree, err
}

// record checks a receipt: "c2sp.org/tlog-proof@v1", index, hashes, an empty line, the checkpoint.
func record(q question) (tlog.Tree, error) {
	var text string
	if err := json.Unmarshal(q.Proof, &text); err != nil {
		return tlog.Tree{}, err
	}
	head, signed, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return tlog.Tree{}, errors.New("not a tlog-proof")
	}
	_, tree, err := checkpoint(q.Vkey, signed)
	if err != nil {
		return tree, err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return tree, err
	}
	proof, err := hashes(lines[2:])
	if err != nil {
		return tree, err
	}
	var leaf tlog.Hash
	if q.Hash != "" {
		leaf, err = tlog.ParseHash(q.Hash)
	} else {
		var body []byte
		body, err = base64.StdEncoding.DecodeString(q.Leaf)
		leaf = tlog.RecordHash(body)
	}
	if err != nil {
		return tree, err
	}
	return tree, tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf)
}

func hashes(lines []string) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		all = append(all, hash)
	}
	return all, nil
}

func tree(q question) (tlog.Tree, error) {
	var lines []string
	if err := json.Unmarshal(q.Proof, &lines); err != nil {
		return tlog.Tree{}, err
	}
	_, before, err := checkpoint(q.Vkey, q.Old)
	if err != nil {
		return before, err
	}
	_, now, err := checkpoint(q.Vkey, q.New)
	if err != nil {
		return now, err
	}
	proof, err := hashes(lines)
	if err != nil {
		return now, err
	}
	return now, tlog.CheckTree(proof, now.N, now.Hash, before.N, before.Hash)
}

// fetcher reads tiles over HTTP/2; TileHashReader judges each of them by the signed root.
type fetcher struct {
	client *http.Client
	base   string
	got    int
}

func (f *fetcher) Height() int { return 8 }

func (f *fetcher) SaveTiles([]tlog.Tile, [][]byte) {}

func (f *fetcher) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		// Path() gives "tile/8/L/N"; C2SP tlog-tiles leaves the height out.
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		data, err := f.get(path)
		if err != nil {
			return nil, err
		}
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", path, len(data))
		}
		f.got++
		all = append(all, data)
	}
	return all, nil
}

func (f *fetcher) get(path string) ([]byte, error) {
	reply, err := f.client.Get(f.base + "/" + path)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	if reply.StatusCode != 200 || reply.ProtoMajor != 2 {
		return nil, fmt.Errorf("%s: %s %s", path, reply.Proto, reply.Status)
	}
	return io.ReadAll(reply.Body)
}

// pinned trusts exactly one public key, as ledger.json names it.
func pinned(pin string) *http.Client {
	config := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"}}
	config.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
		certificate, err := x509.ParseCertificate(raw[0])
		if err != nil {
			return err
		}
		sum := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
		if "sha256//"+base64.StdEncoding.EncodeToString(sum[:]) != pin {
			return errors.New("another server's key")
		}
		return nil
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}}
}

func tiles(q question) (tlog.Tree, int, error) {
	fetch := &fetcher{client: pinned(q.Pin), base: q.Base}
	text := q.Note
	if text == "" {
		data, err := fetch.get("checkpoint")
		if err != nil {
			return tlog.Tree{}, 0, err
		}
		text = string(data)
	}
	_, now, err := checkpoint(q.Vkey, text)
	if err != nil {
		return now, 0, err
	}
	reader := tlog.TileHashReader(now, fetch)
	for index, encoded := range q.Hashes {
		hash, err := tlog.ParseHash(encoded)
		if err != nil {
			return now, fetch.got, err
		}
		proof, err := tlog.ProveRecord(now.N, int64(index), reader)
		if err != nil {
			return now, fetch.got, err
		}
		if err := tlog.CheckRecord(proof, now.N, now.Hash, int64(index), hash); err != nil {
			return now, fetch.got, fmt.Errorf("leaf %d: %v", index, err)
		}
	}
	if q.Old != "" {
		_, before, err := checkpoint(q.Vkey, q.Old)
		if err != nil {
			return now, fetch.got, err
		}
		proof, err := tlog.ProveTree(now.N, before.N, reader)
		if err != nil {
			return now, fetch.got, err
		}
		if err := tlog.CheckTree(proof, now.N, now.Hash, before.N, before.Hash); err != nil {
			return now, fetch.got, err
		}
	}
	return now, fetch.got, nil
}

func judge(line []byte) answer {
	var q question
	var a answer
	var found tlog.Tree
	err := json.Unmarshal(line, &q)
	if err == nil {
		switch q.What {
		case "note":
			a.Origin, found, err = checkpoint(q.Vkey, q.Note)
		case "record":
			found, err = record(q)
		case "tree":
			found, err = tree(q)
		case "tiles":
			found, a.Tiles, err = tiles(q)
		default:
			err = errors.New("no such question")
		}
	}
	if err != nil {
		return answer{Why: err.Error()}
	}
	a.OK, a.Size, a.Root = true, found.N, found.Hash.String()
	return a
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := out.Encode(judge(lines.Bytes())); err != nil {
			panic(err)
		}
	}
}
