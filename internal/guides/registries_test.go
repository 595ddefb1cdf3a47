package guides_test

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const repository = "https://github.com/prosa-ai/terraform-provider-prosa/blob/main/"

// TestLinksOnEverySite follows each link between pages of docs/, as a reader does on GitHub and in the registries of
// Terraform and OpenTofu, which rewrite links differently.
func TestLinksOnEverySite(t *testing.T) {
	t.Parallel()
	pages := docsPages(t)
	checked := 0
	for page, text := range pages {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			target := found[1] + found[2]
			if strings.Contains(target, "://") && !strings.HasPrefix(target, repository+"docs/") || strings.HasPrefix(target, "#") {
				continue
			}
			checked++
			for _, s := range sites {
				linked, anchor := s.follow(page, target)
				text, exists := pages[linked]
				switch {
				case !exists:
					t.Errorf("%s: the link from %s to %s leads nowhere", s.name, page, target)
				case anchor != "" && !slices.Contains(anchors(text), anchor):
					t.Errorf("%s: the link from %s to %s leads to %s, which has no heading %s", s.name, page, target, linked, anchor)
				}
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d links were checked", checked)
	}
}

// TestSitesRewriteLinks tests the sites' rules with links whose rewritten form is known.
func TestSitesRewriteLinks(t *testing.T) {
	t.Parallel()
	const guide = "guides/sandbox.md"
	for _, c := range []struct {
		page, target                string
		github, terraform, openTofu string // "": leads nowhere
	}{
		{guide, "gitops.md", "guides/gitops.md", "guides/gitops.md", "guides/gitops.md"},
		{guide, "./gitops.md", "guides/gitops.md", "guides/gitops.md", ""},
		{guide, "../resources/webhook_endpoint.md", "resources/webhook_endpoint.md", "resources/webhook_endpoint.md", ""},
		{guide, "../resources/webhook_endpoint", "", "resources/webhook_endpoint.md", "resources/webhook_endpoint.md"},
		{guide, "../data-sources/webhook_event", "", "data-sources/webhook_event.md", ""},
		{"index.md", "guides/gitops.md", "guides/gitops.md", "", ""},
		{"index.md", repository + "docs/guides/gitops.md", "guides/gitops.md", "guides/gitops.md", "guides/gitops.md"},
	} {
		for at, want := range []string{c.github, c.terraform, c.openTofu} {
			got, _ := sites[at].follow(c.page, c.target)
			if _, exists := docsPages(t)[got]; !exists {
				got = ""
			}
			if got != want {
				t.Errorf("%s: the link from %s to %s leads to %q, not to %q", sites[at].name, c.page, c.target, got, want)
			}
		}
	}
}

// docsPages returns the pages of docs/ by path.
func docsPages(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	err := filepath.WalkDir(docsFolder, func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(docsFolder, file)
		pages[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// site is a web site that shows docs/.
type site struct {
	name    string
	address func(page string) string                    // the site's address of a page
	rewrite func(target string) string                  // how the site rewrites a link before the browser resolves it
	pages   func(address string) (page string, ok bool) // the inverse of address
}

// Terraform's registry serves docs/index.md at …/docs. It removes the extension from relative links and leaves the rest
// to the browser. OpenTofu's registry is open source: rewriteOpenTofu is its reworkRelativePaths, in
// frontend/src/routes/Provider/components/docsProcessor.ts of opentofu/registry-ui.
var sites = []site{
	{
		"GitHub",
		func(page string) string { return repository + "docs/" + page },
		func(target string) string { return target },
		func(address string) (string, bool) { return strings.CutPrefix(address, repository+"docs/") },
	},
	{
		"Terraform's registry",
		func(page string) string {
			return strings.TrimSuffix("https://registry.terraform.io/providers/prosa-ai/prosa/latest/docs/"+strings.TrimSuffix(page, ".md"), "/index")
		},
		func(target string) string {
			if strings.Contains(target, "://") {
				return target
			}
			return extension.ReplaceAllString(target, "$2")
		},
		func(address string) (string, bool) {
			page, ok := strings.CutPrefix(address, "https://registry.terraform.io/providers/prosa-ai/prosa/latest/docs")
			return strings.TrimPrefix(page, "/") + ".md", ok
		},
	},
	{
		"OpenTofu's registry",
		func(page string) string {
			if page == "index.md" {
				return "https://search.opentofu.org/provider/prosa-ai/prosa/latest"
			}
			kind, name, _ := strings.Cut(page, "/")
			return "https://search.opentofu.org/provider/prosa-ai/prosa/latest/docs/" + openTofuKind(kind) + "/" + strings.TrimSuffix(name, ".md")
		},
		rewriteOpenTofu,
		func(address string) (string, bool) {
			page, ok := strings.CutPrefix(address, "https://search.opentofu.org/provider/prosa-ai/prosa/latest/docs/")
			kind, name, _ := strings.Cut(page, "/")
			for _, folder := range []string{"actions", "data-sources", "ephemeral-resources", "functions", "guides", "list-resources", "resources"} {
				if openTofuKind(folder) == kind {
					return folder + "/" + name + ".md", ok
				}
			}
			return "", false
		},
	},
}

// openTofuKind returns the name that OpenTofu's registry uses for a folder of docs/.
func openTofuKind(folder string) string {
	switch folder {
	case "data-sources":
		return "datasources"
	case "ephemeral-resources":
		return "ephemeral"
	case "list-resources":
		return "listresources"
	}
	return folder
}

var extension = regexp.MustCompile(`\.(md|html|markdown|html\.markdown|html\.md)(#.*)?$`)

// rewriteOpenTofu supports only this provider's links, none of which begins with /docs/providers/.
func rewriteOpenTofu(target string) string {
	target = strings.Replace(target, "#", "#user-content-", 1)
	if strings.Contains(target, "/") {
		return target
	}
	return extension.ReplaceAllString(target, "$2")
}

// follow returns the page of docs/ that a link leads to, and the anchor in it. A link on any site can lead to GitHub.
func (s site) follow(page, target string) (linked, anchor string) {
	base, err := url.Parse(s.address(page))
	if err != nil {
		return "", ""
	}
	address, err := base.Parse(s.rewrite(target))
	if err != nil {
		return "", ""
	}
	anchor = strings.TrimPrefix(address.Fragment, "user-content-") // GitHub accepts both forms
	address.Fragment = ""
	for _, there := range []site{s, sites[0]} {
		if linked, ok := there.pages(address.String()); ok && path.Clean(linked) == linked {
			return linked, anchor
		}
	}
	return "", ""
}
