package provider_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// making says which arguments of a call are the title and the text of a message; -1: none of them.
type making struct {
	severity    string
	title, text int
}

// frameworkMakes are the ways in which the framework lets a message be made.
var frameworkMakes = map[string]making{
	"AddError": {"error", 0, 1}, "AddAttributeError": {"error", 1, 2},
	"AddWarning": {"warning", 0, 1}, "AddAttributeWarning": {"warning", 1, 2},
	"NewErrorDiagnostic": {"error", 0, 1}, "NewAttributeErrorDiagnostic": {"error", 1, 2},
	"NewWarningDiagnostic": {"warning", 0, 1}, "NewAttributeWarningDiagnostic": {"warning", 1, 2},
	"NewFuncError": {"function error", -1, 0}, "NewArgumentFuncError": {"function error", -1, 1},
}

// libraryTitles are the titles of what ready-made validators say. Their texts are not the provider's.
var libraryTitles = map[string]string{
	"stringvalidator.ConflictsWith": "Invalid Attribute Combination",
	"stringvalidator.AlsoRequires":  "Invalid Attribute Combination",
	"numbervalidator.AlsoRequires":  "Invalid Attribute Combination",
}

// notShown are texts that are in no message, and why.
var notShown = map[string]string{
	"Terraform/%s (+https://www.terraform.io) Terraform-Plugin-Framework%s terraform-provider-prosa/%s": "the user agent",
	"unexpected value type %T":                                   "the framework's types make it impossible",
	"request to the Prosa API":                                   "for the log",
	"create the webhook endpoint":                                "for the log: the title says it",
	"update the webhook endpoint":                                "for the log: the title says it",
	"delete the webhook endpoint":                                "for the log: the title says it",
	"list the webhook endpoints":                                 "for the log: the title says it",
	"rotate the signing key of the webhook endpoint":             "for the log: the title says it",
	"send a test event to the webhook endpoint":                  "for the log: the title says it",
	"replay the webhook delivery":                                "for the log: the title says it",
	"replay the failed deliveries to the webhook endpoint":       "for the log: the title says it",
	"list the deliveries to the webhook endpoint":                "for the log: the title says it",
	"list the webhook events":                                    "for the log: the title says it",
	"read the webhook event":                                     "for the log: the title says it",
	"whoever sent this request gave up":                          "the others ask for themselves",
	"not authenticated":                                          "is compared with FastAPI's text",
	"the operation has taken longer than %s":                     "the failure before it is shown",
	"the API does not list the keys, so they cannot be compared": "ends a look; the rotation's own failure is shown",
	"it could be any of %s":                                      "ends a look; the ids are shown by the provider",
	"the response is longer than is read":                        "is replaced by a text with the number",
}

// documents are the names of fields and functions whose texts are for the documentation.
var documents = []string{"MarkdownDescription", "Description", "Summary"}

// TestEveryMessageIsInAFile reads the sources: a message that is made there, and a text that could become a part of one,
// must be in the files of TestMessages.
func TestEveryMessageIsInAFile(t *testing.T) {
	t.Parallel()
	messages := readMessages(t)
	provider, client := parseSources(t, "."), parseSources(t, "../prosa")
	made := provider.findMessages(t)
	if len(made) < 50 {
		t.Errorf("only %d places that make a message were found: the test no longer sees them", len(made))
	}
	for _, m := range made {
		if !slices.ContainsFunc(messages, m.is) {
			t.Errorf("%s: no file in %s has this %s (%s): add a situation that leads to it", m.where, messagesFolder, m.severity, m.title)
		}
	}
	found := 0
	for _, source := range []sources{provider, client} {
		for where, text := range source.texts(t) {
			if notShown[text] != "" {
				continue
			}
			found++
			pattern := regexp.MustCompile(`(?is)` + patternOf(text)) // a sentence may begin with it
			if !slices.ContainsFunc(messages, func(d acctest.Diagnostic) bool { return pattern.MatchString(d.Summary + "\n\n" + d.Detail) }) {
				t.Errorf("%s: no file in %s has %q: add a situation that leads to it, or say in notShown why there is none", where, messagesFolder, text)
			}
		}
	}
	if found < 150 {
		t.Errorf("only %d texts were found: the test no longer sees them", found)
	}
}

// sources are the files of a package without its tests.
type sources struct {
	set   *token.FileSet
	files []*ast.File
	texty map[string]string // the package's constants that are a single text, by name
}

func parseSources(t *testing.T, folder string) sources {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	s := sources{set: token.NewFileSet(), texty: map[string]string{}}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(s.set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		s.files = append(s.files, file)
		for _, declared := range file.Decls {
			if _, ok := declared.(*ast.GenDecl); ok {
				s.noteConstants(declared)
			}
		}
	}
	return s
}

func (s sources) noteConstants(within ast.Node) {
	ast.Inspect(within, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for i, value := range spec.Values {
				if text, ok := literal(value); ok {
					s.texty[spec.Names[i].Name] = text
				}
			}
		}
		return true
	})
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// madeMessage is a place in the sources that makes a message.
type madeMessage struct {
	where, severity string
	title, text     *regexp.Regexp
}

func (m madeMessage) is(d acctest.Diagnostic) bool {
	if m.severity == "function error" {
		return d.Severity == m.severity && m.text.MatchString(d.Summary)
	}
	return d.Severity == m.severity && m.title.MatchString(d.Summary) && m.text.MatchString(d.Detail)
}

// findMessages finds the calls that make messages, those of the package's own functions that hand a title on included.
func (s sources) findMessages(t *testing.T) (all []madeMessage) {
	t.Helper()
	makes := map[string]making{}
	for name, m := range frameworkMakes {
		makes[name] = m
	}
	for again := true; again; {
		again, all = false, nil
		for _, file := range s.files {
			for _, declared := range file.Decls {
				function, ok := declared.(*ast.FuncDecl)
				if !ok || function.Body == nil {
					continue
				}
				found, handsOn := s.callsOf(t, function, makes)
				all = append(all, found...)
				if _, known := makes[function.Name.Name]; handsOn != nil && !known {
					makes[function.Name.Name], again = *handsOn, true
				}
			}
		}
	}
	return all
}

// callsOf returns the messages that a function makes. handsOn is set when one of its parameters is a title.
func (s sources) callsOf(t *testing.T, function *ast.FuncDecl, makes map[string]making) (found []madeMessage, handsOn *making) {
	t.Helper()
	s.texty = maps.Clone(s.texty)
	s.noteConstants(function.Body)
	ast.Inspect(function.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if title, ok := libraryTitles[selector(call.Fun)]; ok {
			found = append(found, madeMessage{s.at(call), "error", regexp.MustCompile("^" + title + "$"), regexp.MustCompile("")})
		} else if strings.Contains(selector(call.Fun), "validator.") {
			t.Errorf("%s: say in libraryTitles what %s has as a title", s.at(call), selector(call.Fun))
		}
		m, ok := makes[called(call.Fun)]
		if !ok {
			return true
		}
		one := madeMessage{where: s.at(call), severity: m.severity, title: regexp.MustCompile(""), text: regexp.MustCompile("")}
		if m.text >= 0 {
			one.text = regexp.MustCompile(`(?s)^` + s.pattern(call.Args[m.text]) + `$`)
		}
		if m.title >= 0 {
			if name, ok := call.Args[m.title].(*ast.Ident); ok {
				if position := parameter(function, name.Name); position >= 0 {
					handsOn = &making{m.severity, position, -1}
					return true
				}
			}
			pattern := s.pattern(call.Args[m.title])
			if pattern == anything {
				t.Errorf("%s: the title cannot be told from the source: write it out", s.at(call))
			}
			one.title = regexp.MustCompile(`^` + pattern + `$`)
		}
		found = append(found, one)
		return true
	})
	return found, handsOn
}

func (s sources) at(n ast.Node) string { return s.set.Position(n.Pos()).String() }

// called is the name of a function or method without what is before it.
func called(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// selector is package.Function.
func selector(e ast.Expr) string {
	if e, ok := e.(*ast.SelectorExpr); ok {
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	}
	return ""
}

// parameter is the position of a function's parameter; -1: there is none of that name.
func parameter(function *ast.FuncDecl, name string) int {
	position := 0
	for _, field := range function.Type.Params.List {
		for _, one := range field.Names {
			if one.Name == name {
				return position
			}
			position++
		}
	}
	return -1
}

const anything = `.*`

// pattern is what an expression can become, as far as the source tells.
func (s sources) pattern(e ast.Expr) string {
	if text, ok := literal(e); ok {
		return regexp.QuoteMeta(text)
	}
	switch e := e.(type) {
	case *ast.Ident:
		if text, ok := s.texty[e.Name]; ok {
			return regexp.QuoteMeta(text)
		}
	case *ast.BinaryExpr:
		return s.pattern(e.X) + s.pattern(e.Y)
	case *ast.CallExpr:
		if called(e.Fun) == "Sprintf" {
			return s.format(e.Args[0])
		}
	}
	return anything
}

// format is pattern for a format of fmt.
func (s sources) format(e ast.Expr) string {
	if text, ok := literal(e); ok {
		return patternOf(text)
	}
	if sum, ok := e.(*ast.BinaryExpr); ok {
		return s.format(sum.X) + s.format(sum.Y)
	}
	return anything
}

var verb = regexp.MustCompile(`%(?:\[\d+\])?[-+# 0-9.]*[a-zA-Z]`)

// patternOf makes a pattern of a text that may be a format.
func patternOf(text string) string {
	parts := verb.Split(text, -1)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return strings.Join(parts, anything)
}

// texts are the literals of more than one word that can be part of a message, by their place.
func (s sources) texts(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, file := range s.files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.Field:
				return n.Tag == nil
			case *ast.KeyValueExpr:
				return !slices.Contains(documents, called(n.Key))
			case *ast.FuncDecl:
				return !slices.Contains(documents, n.Name.Name) && n.Name.Name != "PlanModifyString"
			case *ast.ValueSpec:
				return !strings.HasSuffix(n.Names[0].Name, "Description")
			case *ast.CallExpr:
				if name := called(n.Fun); name == "runOnceSchema" || name == "MustCompile" || name == "ContainsRune" || name == "panic" {
					return false
				}
			case *ast.BasicLit:
				if text, ok := literal(n); ok && isText(text) {
					all[fmt.Sprint(s.at(n))] = text
				}
			}
			return true
		})
	}
	return all
}

var word = regexp.MustCompile(`[A-Za-z]{2,}`)

// isText says whether there is more than one word, formatting aside.
func isText(text string) bool {
	words := 0
	for _, field := range strings.Fields(verb.ReplaceAllString(text, "")) {
		if word.MatchString(field) {
			words++
		}
	}
	return words > 1
}
