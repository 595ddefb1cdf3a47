package guides_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// TestInstall runs `make install` in a temporary home. The CLI, without a configuration there, must then install the
// provider under the guides' version constraint, without a registry, and work with it.
func TestInstall(t *testing.T) {
	t.Parallel()
	program := acctest.Program(t, "make", "make")
	folders, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE", "GOMODCACHE", "GOPATH").Output()
	if err != nil {
		t.Fatal(err)
	}
	goFolder := strings.Split(strings.TrimSpace(string(folders)), "\n") // by default in HOME
	if len(goFolder) != 3 {
		t.Fatalf("go env prints %q", folders)
	}
	e, home := acctest.New(t), t.TempDir()
	environment := []string{
		"HOME=" + home, "XDG_DATA_HOME=" + filepath.Join(home, "data"), "TF_CLI_CONFIG_FILE=" + os.DevNull,
		"GOCACHE=" + goFolder[0], "GOMODCACHE=" + goFolder[1], "GOPATH=" + goFolder[2],
	}
	runMake := func(target string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, "-C", root, target)
		cmd.Env = append(os.Environ(), environment...)
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("make %s: %v\n%s", target, err, output)
		}
	}

	runMake("install")
	w := e.Installed(environment...)
	r := newReader(t, w, "getting-started")
	r.copy("main.tf")
	version := regexp.MustCompile(`\n## \[(.*?)\]`).FindStringSubmatch(content(t, root+"/CHANGELOG.md"))
	if version == nil {
		t.Fatal("CHANGELOG.md has no version")
	}
	expectTexts(t, w.Run("init"), "Installed prosa-ai/prosa v"+version[1])
	w.Run("apply", "-auto-approve")
	expectNoChanges(t, w)

	installed := func() (files []string) {
		err := fs.WalkDir(os.DirFS(home), ".", func(file string, _ fs.DirEntry, err error) error {
			if strings.Contains(file, "prosa") {
				files = append(files, file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	if len(installed()) == 0 {
		t.Error("make install installed nothing in the home")
	}
	runMake("uninstall")
	if left := installed(); len(left) > 0 {
		t.Errorf("make uninstall left %q", left)
	}
}
