package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// noMessages are string literals that are in no message.
var noMessages = []string{
	"Terraform/%s (+https://www.terraform.io) Terraform-Plugin-Framework%s terraform-provider-prosa/%s", // the user agent
	"unexpected value type %T", // the framework's types make it impossible
	"not authenticated",        // compared with FastAPI's text

	// The log has these. Messages have the operation in the title.
	"request to the Prosa API",
	"create the webhook endpoint",
	"update the webhook endpoint",
	"delete the webhook endpoint",
	"list the webhook endpoints",
	"rotate the signing key of the webhook endpoint",
	"send a test event to the webhook endpoint",
	"replay the webhook delivery",
	"replay the failed deliveries to the webhook endpoint",
	"list the deliveries to the webhook endpoint",
	"list the webhook events",
	"read the webhook event",

	// The client or the provider replaces these errors.
	"the caller that sent the shared request was interrupted",
	"the operation has taken longer than ",
	"the API does not list the keys, so they cannot be compared",
	"it could be any of %s",
	"the response is longer than is read",
}

// TestEveryMessageIsInAGoldenFile: each string literal of the provider and the client that can be part of a message is in a
// golden file of TestMessages.
func TestEveryMessageIsInAGoldenFile(t *testing.T) {
	t.Parallel()
	var messages []string
	for _, file := range goldenFiles(t) {
		for _, message := range strings.Split(strings.ToLower(readGolden(t, file)), "\n--- ")[1:] {
			message, _, _ = strings.Cut(message, "\n=== ") // the name of the next case
			if !slices.Contains(messages, message) {
				messages = append(messages, message)
			}
		}
	}
	n := 0
	for _, folder := range []string{".", "../prosa"} {
		for place, text := range textsOf(t, folder) {
			if slices.Contains(noMessages, text) {
				continue
			}
			n++
			parts := verb.Split(strings.ToLower(text), -1)
			if !slices.ContainsFunc(messages, func(message string) bool { return containsInOrder(message, parts) }) {
				t.Errorf("%s: %q is not in %s: add a case to TestMessages, or add it to noMessages", place, text, messagesFolder)
			}
		}
	}
	if n < 150 {
		t.Errorf("found only %d texts", n)
	}
}

func containsInOrder(text string, parts []string) bool {
	for _, part := range parts {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}

// textsOf returns the string literals of a package that have several words, by their position. It skips documentation.
func textsOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	texts, files := map[string]string{}, token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.Field:
				return n.Tag == nil
			case *ast.KeyValueExpr:
				return !slices.Contains(documentation, nameOf(n.Key))
			case *ast.FuncDecl:
				return !slices.Contains(documentation, n.Name.Name)
			case *ast.ValueSpec:
				return !strings.HasSuffix(n.Names[0].Name, "Description")
			case *ast.CallExpr:
				return !slices.Contains([]string{"runOnceSchema", "MustCompile", "ContainsRune", "panic"}, nameOf(n.Fun))
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && words(text) > 1 {
					texts[files.Position(n.Pos()).String()] = text
				}
			}
			return true
		})
	}
	return texts
}

// documentation are fields and functions whose texts are not in messages.
var documentation = []string{"MarkdownDescription", "Description", "Summary", "PlanModifyString"}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

var (
	verb = regexp.MustCompile(`%(?:\[\d+\])?[-+# 0-9.]*[a-zA-Z]`)
	word = regexp.MustCompile(`[A-Za-z]{2,}`)
)

func words(text string) (n int) {
	for _, field := range strings.Fields(verb.ReplaceAllString(text, "")) {
		if word.MatchString(field) {
			n++
		}
	}
	return n
}
