package guides_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

const (
	guidesFolder   = "../../templates/guides"
	docsFolder     = "../../docs"
	examplesFolder = "../../examples"
)

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "guides-")
	if err != nil {
		panic(err)
	}
	built.folder = folder
	acctest.Main(m, func() { _ = os.RemoveAll(folder) })
}

// follow copies the files that a guide shows into a workspace: all files below a folder of examples/guides, or some of
// them.
func follow(t *testing.T, w *acctest.Workspace, guide string, names ...string) {
	t.Helper()
	folder := filepath.Join(examplesFolder, "guides", guide)
	copied := 0
	err := filepath.WalkDir(folder, func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); len(names) > 0 && !slices.Contains(names, name) {
			return nil
		}
		content, err := os.ReadFile(file)
		if err == nil {
			copied++
			w.Write(name, string(content))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if copied == 0 || len(names) > 0 && copied != len(names) {
		t.Fatalf("%d files of %s were copied; wanted %q", copied, folder, names)
	}
}

// testedElsewhere lists the guides that contain configurations in their own text, and the tests that apply these.
var testedElsewhere = map[string]string{
	"performance.md": "one argument of the provider block",
}

var (
	configurationBlock = regexp.MustCompile("(?ms)^```terraform\n(.*?)^```$")
	templateFile       = regexp.MustCompile(`\{\{\s*(?:tffile|codefile "[a-z]*")\s+"(examples/guides/[^"]+)"\s*\}\}`)
	linkedFile         = regexp.MustCompile(`https://github\.com/prosa-ai/terraform-provider-prosa/(?:blob|tree)/main/(examples/[^)#\s]+)`)
)

// TestGuidesShowFilesThatAreTested checks that guides contain no configuration in their text: they show or link to
// files that the tests of this package use. It also checks that every such file is shown or linked, and that every
// linked file exists.
func TestGuidesShowFilesThatAreTested(t *testing.T) {
	t.Parallel()
	guides, err := filepath.Glob(filepath.Join(guidesFolder, "*"))
	if err != nil || len(guides) == 0 {
		t.Fatal("no guides: ", err)
	}
	shown := map[string]bool{}
	for _, guide := range guides {
		text, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range templateFile.FindAllStringSubmatch(string(text), -1) {
			shown[file[1]] = true
		}
		for _, file := range linkedFile.FindAllStringSubmatch(string(text), -1) {
			shown[file[1]] = true
			if _, err := os.Stat(filepath.Join(filepath.Dir(examplesFolder), filepath.FromSlash(file[1]))); err != nil {
				t.Errorf("%s links to %s: %v", filepath.Base(guide), file[1], err)
			}
		}
		if name := filepath.Base(guide); testedElsewhere[name] == "" && configurationBlock.Match(text) {
			t.Errorf("%s has a configuration in its text, which nothing tests: put it into a file below examples/guides", name)
		}
	}
	err = filepath.WalkDir(filepath.Join(examplesFolder, "guides"), func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(filepath.Dir(examplesFolder), file)
		if name = filepath.ToSlash(name); err == nil && !shown[name] {
			t.Errorf("no guide shows or links to %s", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	paragraph = regexp.MustCompile(`(?m)\n{2,}`)
	versions  = regexp.MustCompile(`(Terraform 1\.\d+ .*OpenTofu|OpenTofu 1\.\d+ and later)`)
)

// TestEveryPageSaysItsVersions checks that the provider's page names the versions that it requires, and that pages of
// actions, ephemeral resources and list resources name the later ones that these require. Other pages do not repeat
// them: the guide on OpenTofu has the table.
func TestEveryPageSaysItsVersions(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(docsFolder, "*", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatal("no pages: ", err)
	}
	for _, page := range append(pages, filepath.Join(docsFolder, "index.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(strings.TrimPrefix(string(text), "---\n"), "\n---\n")
		if filepath.Base(filepath.Dir(page)) != "guides" {
			body, _, _ = strings.Cut(body, "## Example Usage")
		} else if filepath.Base(page) != tofuGuide+".md" {
			continue
		}
		if slices.Contains([]string{"resources", "data-sources", "functions"}, filepath.Base(filepath.Dir(page))) {
			continue
		}
		if !slices.ContainsFunc(paragraph.Split(body, -1), func(p string) bool { return versions.MatchString(oneLine(p)) }) {
			t.Errorf("%s does not name the versions of Terraform and OpenTofu that it works with", page)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)

// TestLinks follows the links between the pages of docs, README, SECURITY and the other pages beside them.
func TestLinks(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(docsFolder, "..", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages beside docs: %v", err)
	}
	err = filepath.WalkDir(docsFolder, func(file string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			pages = append(pages, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range pages {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllStringSubmatch(string(page), -1) {
			if strings.Contains(found[1], ":") {
				continue
			}
			target := file
			if found[1] != "" {
				target = filepath.Join(filepath.Dir(file), found[1])
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", file, found[1])
			} else if linked, _ := os.ReadFile(target); found[2] != "" && !slices.Contains(anchors(string(linked)), found[2][1:]) {
				t.Errorf("%s links to %s%s: no heading there has this anchor", file, found[1], found[2])
			}
		}
	}
}

var (
	heading   = regexp.MustCompile(`(?m)^#+ (.*)$`)
	named     = regexp.MustCompile(`<a id="([^"]+)"`)
	notAnchor = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// anchors returns the anchors of a page.
func anchors(page string) (all []string) {
	for _, found := range heading.FindAllStringSubmatch(page, -1) {
		text := notAnchor.ReplaceAllString(strings.ToLower(found[1]), "")
		all = append(all, strings.ReplaceAll(text, " ", "-"))
	}
	for _, found := range named.FindAllStringSubmatch(page, -1) {
		all = append(all, found[1])
	}
	return all
}
