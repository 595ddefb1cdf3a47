package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestSecurityPageNamesTestsThatExist: every test that SECURITY.md names exists.
func TestSecurityPageNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	exist := map[string]bool{}
	for _, folder := range []string{".", filepath.Join("..", "prosa"), filepath.Join("..", "guides")} {
		files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for _, found := range findAll(t, file, `(?m)^func (Test\w+)\(t `) {
				exist[found] = true
			}
		}
	}
	named := findAll(t, filepath.Join("..", "..", "SECURITY.md"), "`(Test[A-Z]\\w+)`")
	for _, name := range named {
		if !exist[name] {
			t.Errorf("there is no test %s", name)
		}
	}
	if len(named) < 40 {
		t.Errorf("only %d tests are named", len(named))
	}
}

func findAll(t *testing.T, file, pattern string) (found []string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(content), -1) {
		found = append(found, match[1])
	}
	return found
}
