//go:build unix

package guides_test

import (
	"cmp"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// postgres is a PostgreSQL server that listens only on a socket in its folder.
type postgres struct {
	t           *testing.T
	bin, folder string
}

const databasePassword = "the-password-of-the-state"

// startPostgres starts a server that runs until the end of the test.
func startPostgres(t *testing.T) *postgres {
	t.Helper()
	initdb, err := exec.LookPath("initdb")
	if err == nil {
		initdb, err = filepath.EvalSymlinks(initdb)
	} else if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 { // Debian does not put it on PATH
		initdb, err = found[len(found)-1], nil
	}
	if err != nil {
		acctest.Missing(t, "PostgreSQL's initdb, on the PATH or in /usr/lib/postgresql,", "postgresql")
	}
	folder, err := os.MkdirTemp("", "pg") //nolint:usetesting // t.TempDir is closed to other users, and too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	password, data := filepath.Join(folder, "password"), filepath.Join(folder, "data")
	if err := os.WriteFile(password, []byte(databasePassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	account := unprivileged(t, folder, password)
	create := exec.Command(initdb, "--no-sync", "--auth=scram-sha-256", "--username=pipeline", "--pwfile="+password, "--pgdata="+data)
	create.Dir, create.SysProcAttr = folder, account
	if output, err := create.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, output)
	}
	p := &postgres{t: t, bin: filepath.Dir(initdb), folder: folder}
	server := exec.Command(filepath.Join(p.bin, "postgres"), "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off")
	server.Dir, server.SysProcAttr = folder, account
	running := start(t, server, "LC_MESSAGES=C")
	t.Cleanup(func() { running.interrupt(t) })
	running.await(t, "ready to accept connections")
	return p
}

// unprivileged returns how to run as a user other than root, under which PostgreSQL refuses to run, and gives the files
// to that user.
func unprivileged(t *testing.T, files ...string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	postgresUser, _ := user.Lookup("postgres")
	nobody, _ := user.Lookup("nobody")
	account := cmp.Or(postgresUser, nobody)
	if account == nil {
		t.Fatal("there is no user postgres or nobody")
	}
	uid, uidErr := strconv.Atoi(account.Uid)
	gid, gidErr := strconv.Atoi(account.Gid)
	err := errors.Join(uidErr, gidErr)
	for _, file := range files {
		err = errors.Join(err, os.Chown(file, uid, gid))
	}
	if err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

// url returns the connection URL with the password, as in PG_CONN_STR.
func (p *postgres) url() string {
	return "postgres://pipeline:" + databasePassword + "@/postgres?sslmode=disable&host=" + p.folder
}

// client prepares a program that uses the database.
func (p *postgres) client(program string, args ...string) *exec.Cmd {
	return exec.Command(filepath.Join(p.bin, program), append(args, "--dbname="+p.url())...)
}

// dump returns everything in the database.
func (p *postgres) dump() string {
	p.t.Helper()
	output, err := p.client("pg_dump", "--inserts").CombinedOutput()
	if err != nil {
		p.t.Fatalf("pg_dump: %v\n%s", err, output)
	}
	return string(output)
}

// lock locks every state until the returned function is called.
func (p *postgres) lock(schema string) (unlock func()) {
	p.t.Helper()
	session := p.client("psql", "--no-psqlrc", "--tuples-only", "--set=ON_ERROR_STOP=1")
	session.Stderr = os.Stderr
	commands, commandsErr := session.StdinPipe()
	output, outputErr := session.StdoutPipe()
	err := errors.Join(commandsErr, outputErr, session.Start())
	if err == nil {
		_, err = io.Copy(commands, strings.NewReader("select 'locked', pg_advisory_lock(id) from "+schema+".states;\n"))
	}
	if err == nil {
		_, err = io.ReadFull(output, make([]byte, len(" locked")))
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return func() {
		_ = commands.Close() // which ends the session
		_ = session.Wait()
	}
}
