package guides_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

const (
	root           = "../.."
	guidesFolder   = root + "/templates/guides"
	examplesFolder = root + "/examples"
)

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "guides-")
	if err != nil {
		panic(err)
	}
	built.folder = folder
	acctest.Main(m)
	_ = os.RemoveAll(folder)
}

// filesBelow returns the text of each file below a folder of the repository, by its path in the repository.
func filesBelow(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(root), folder, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[file] = content(t, filepath.Join(root, file))
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no files: %v", folder, err)
	}
	return files
}

var (
	configurationBlock = regexp.MustCompile("(?ms)^```(?:terraform|hcl|tf)\n(.*?)^```$")
	shownFile          = regexp.MustCompile(`(?:file "[a-z]*" |tffile |/main/)"?(examples/guides/[^")#\s]+)`)
)

// TestGuidesShowTestedFiles checks that guides contain no configuration in their text, which no test would apply: they
// show or link to files of examples/guides. It also checks that a guide shows or links to each of these files.
func TestGuidesShowTestedFiles(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for guide, text := range filesBelow(t, "templates/guides") {
		for _, file := range shownFile.FindAllStringSubmatch(text, -1) {
			shown[file[1]] = true
		}
		if path.Base(guide) != "performance.md" && configurationBlock.MatchString(text) { // which shows one argument
			t.Errorf("%s contains a configuration: move it into a file below examples/guides", guide)
		}
	}
	for file := range filesBelow(t, "examples/guides") {
		if !shown[file] {
			t.Errorf("no guide shows or links to %s", file)
		}
	}
}

var versions = regexp.MustCompile(`Terraform 1\.\d+ .*OpenTofu|OpenTofu 1\.\d+ and later`)

// TestPagesNameVersions checks that the pages of the provider, actions, ephemeral resources and list resources name
// versions of Terraform and OpenTofu. It does not check the versions themselves.
func TestPagesNameVersions(t *testing.T) {
	t.Parallel()
	pages := map[string]int{"docs": 0, "docs/actions": 0, "docs/ephemeral-resources": 0, "docs/list-resources": 0} // by folder
	for page, text := range filesBelow(t, "docs") {
		if _, ok := pages[path.Dir(page)]; !ok {
			continue
		}
		pages[path.Dir(page)]++
		_, body, _ := strings.Cut(strings.TrimPrefix(text, "---\n"), "\n---\n")
		body, _, _ = strings.Cut(body, "## Example Usage")
		if !slices.ContainsFunc(strings.Split(body, "\n\n"), func(paragraph string) bool { return versions.MatchString(oneLine(paragraph)) }) {
			t.Errorf("%s does not name the versions of Terraform and OpenTofu that it works with", page)
		}
	}
	for folder, n := range pages {
		if n == 0 {
			t.Errorf("%s has no pages", folder)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]*)#?([^)\s]*)\)`)

// TestLinks follows the links between files of this repository, in docs and in the pages beside it.
//
// GitHub and the registries of Terraform and OpenTofu show docs at different addresses. Only two forms of links lead to
// the same page on all three: an absolute link to GitHub, and the name of a page in the same folder. OpenTofu's registry
// does not rewrite relative links with a slash, and Terraform's shows index.md one level higher.
func TestLinks(t *testing.T) {
	t.Parallel()
	pages := filesBelow(t, "docs")
	beside, err := filepath.Glob(root + "/*.md")
	if err != nil || len(beside) == 0 {
		t.Fatalf("there are no pages beside docs: %v", err)
	}
	for _, page := range beside {
		pages[filepath.Base(page)] = content(t, page)
	}
	onGitHub := regexp.MustCompile(`^https://github\.com/prosa-ai/terraform-provider-prosa/(?:blob|tree)/main/(.+)$`)
	for page, text := range pages {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			target, anchor := found[1], found[2]
			linked := page
			if absolute := onGitHub.FindStringSubmatch(target); absolute != nil {
				linked = absolute[1]
			} else if strings.Contains(target, ":") {
				continue
			} else if target != "" {
				linked = path.Join(path.Dir(page), target)
				if strings.HasPrefix(page, "docs/") && (strings.Contains(target, "/") || page == "docs/index.md") {
					t.Errorf("%s links to %s: only an absolute link to GitHub works in both registries", page, target)
				}
			}
			if _, err := os.Stat(filepath.Join(root, linked)); err != nil {
				t.Errorf("%s links to %s, which does not exist", page, target)
			} else if anchor != "" && !slices.Contains(anchors(content(t, filepath.Join(root, linked))), anchor) {
				t.Errorf("%s links to %s#%s: no heading there has this anchor", page, target, anchor)
			}
		}
	}
}

var (
	heading   = regexp.MustCompile(`(?m)^#+ (.*)$|<a id="([^"]+)"`)
	codeBlock = regexp.MustCompile("(?ms)^ *```.*?^ *```$") // whose comments look like headings
	notAnchor = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// anchors returns the anchors of a page.
func anchors(page string) (all []string) {
	for _, found := range heading.FindAllStringSubmatch(codeBlock.ReplaceAllString(page, ""), -1) {
		text := notAnchor.ReplaceAllString(strings.ToLower(found[1]), "")
		all = append(all, strings.ReplaceAll(text, " ", "-")+found[2])
	}
	return all
}
