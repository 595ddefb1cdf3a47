//go:build unix

package guides_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// password is the password of the state's database. It must not be shown or stored.
const password = "the-password-of-the-state"

// postgres is a PostgreSQL server that listens only on a socket in its folder.
type postgres struct {
	bin    string // the folder of its programs
	folder string
}

// startPostgres starts a server that runs until the end of the test.
func startPostgres(t *testing.T) *postgres {
	t.Helper()
	p := &postgres{bin: postgresPrograms(t)}
	folder, err := os.MkdirTemp("", "pg") //nolint:usetesting // t.TempDir is closed to other users, and too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	p.folder = folder
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	secret, data := filepath.Join(folder, "password"), filepath.Join(folder, "data")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	attributes := unprivileged(t, folder, secret)

	initdb := exec.Command(filepath.Join(p.bin, "initdb"), "--no-sync", "--auth=scram-sha-256", "--username=pipeline", "--pwfile="+secret, "--pgdata="+data)
	initdb.Dir, initdb.SysProcAttr = folder, attributes
	if output, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, output)
	}

	// The shell stops the server when its input ends, even if this process is killed.
	server := exec.Command("bash", "-c", `"$@" & read -r; kill -INT $!; wait $!`, "-", filepath.Join(p.bin, "postgres"), "-D", data,
		"-c", "listen_addresses=", "-c", "unix_socket_directories="+folder, "-c", "fsync=off", "-c", "max_connections=50")
	server.Dir, server.SysProcAttr = folder, attributes
	var log strings.Builder
	server.Stdout, server.Stderr = &log, &log
	input, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close()
		_ = server.Wait()
		if t.Failed() {
			t.Log("PostgreSQL: ", log.String())
		}
	})
	for range 300 {
		if exec.Command(filepath.Join(p.bin, "pg_isready"), "--quiet", "--host="+folder).Run() == nil {
			return p
		}
		<-time.After(100 * time.Millisecond)
	}
	t.Fatal("PostgreSQL did not start within 30 seconds")
	return nil
}

// postgresPrograms finds the server's programs, which Debian does not put on PATH.
func postgresPrograms(t *testing.T) string {
	t.Helper()
	if found, err := exec.LookPath("initdb"); err == nil {
		found, err = filepath.EvalSymlinks(found)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Dir(found)
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		acctest.Missing(t, "PostgreSQL's initdb, on the PATH or in /usr/lib/postgresql,", "postgresql")
	}
	return filepath.Dir(found[len(found)-1])
}

// unprivileged changes the owner of files to the user that the server runs as, and returns how to run as that user:
// PostgreSQL refuses to run as root.
func unprivileged(t *testing.T, files ...string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	uid, errUID := strconv.ParseUint(account.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(account.Gid, 10, 32)
	if err := errors.Join(errUID, errGID); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := os.Chown(file, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

// url returns the connection URL with the password, as in PG_CONN_STR.
func (p *postgres) url() string {
	return fmt.Sprintf("postgres://pipeline:%s@/postgres?host=%s&sslmode=disable", password, p.folder)
}

// command prepares a command of PostgreSQL.
func (p *postgres) command(program string, args ...string) *exec.Cmd {
	return exec.Command(filepath.Join(p.bin, program), append(args, "--dbname="+p.url())...)
}

// dump returns everything in the database.
func (p *postgres) dump(t *testing.T) string {
	t.Helper()
	output, err := p.command("pg_dump", "--inserts").CombinedOutput()
	if err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, output)
	}
	return string(output)
}

// lock locks every state until the returned function is called.
func (p *postgres) lock(t *testing.T, schema string) (unlock func()) {
	t.Helper()
	locker := p.command("psql", "--no-psqlrc", "--tuples-only")
	input, inputErr := locker.StdinPipe()
	output, outputErr := locker.StdoutPipe()
	err := errors.Join(inputErr, outputErr, locker.Start())
	if err == nil {
		_, err = io.WriteString(input, "select 'locked', pg_advisory_lock(id) from "+schema+".states;\n")
	}
	if err == nil {
		_, err = io.ReadFull(output, make([]byte, len(" locked")))
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = input.Close() // which ends the session
		_ = locker.Wait()
	}
}
