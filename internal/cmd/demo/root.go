package main

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

//go:embed hcl/*.tf
var hcl embed.FS

// placeholder stands for the receiver's URL in the embedded files.
const placeholder = "https://example.com/prosa-webhook"

// root is a folder with a configuration and its state.
type root struct{ folder string }

func newRoot(parent, name string) (*root, error) {
	r := &root{folder: filepath.Join(parent, name)}
	return r, os.Mkdir(r.folder, 0o700)
}

// add writes one of the embedded files into the configuration, with the receiver's URL, and gives what it wrote.
func (r *root) add(name, callback string) (string, error) {
	text, err := hcl.ReadFile("hcl/" + name)
	if err != nil {
		return "", err
	}
	written := strings.ReplaceAll(string(text), placeholder, callback)
	return written, os.WriteFile(filepath.Join(r.folder, name), []byte(written), 0o600)
}

// edit replaces one line of webhooks.tf and gives the change as a diff shows it.
func (r *root) edit(from, to string) (string, error) {
	path := filepath.Join(r.folder, "webhooks.tf")
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if strings.Count(string(text), from) != 1 {
		return "", fmt.Errorf("%s has no line %q, or more than one", path, from)
	}
	edited := strings.Replace(string(text), from, to, 1)
	return "- " + from + "\n+ " + to, os.WriteFile(path, []byte(edited), 0o600)
}

// filesWith are the files below the folder that hold any of the texts, and how many files there are.
func (r *root) filesWith(texts []string) (found []string, files int, err error) {
	err = filepath.WalkDir(r.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, text := range texts {
			if strings.Contains(string(content), text) {
				found = append(found, entry.Name())
				break
			}
		}
		return nil
	})
	return found, files, err
}
