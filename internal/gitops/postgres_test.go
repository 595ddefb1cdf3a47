//go:build unix

package gitops_test

import (
	"errors"
	"fmt"
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

// password is that of the state's database. Nothing may give it away.
const password = "the-password-of-the-state"

// postgres is a PostgreSQL server of these tests, which listens to nothing but a socket in its folder.
type postgres struct {
	bin    string // where its programs are
	folder string
}

// startPostgres starts one for as long as the test runs.
func startPostgres(t *testing.T) *postgres {
	t.Helper()
	p := &postgres{bin: postgresPrograms(t)}
	folder, err := os.MkdirTemp("", "pg") //nolint:usetesting // below t.TempDir only its owner may go, and a socket's path has to be short
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

	// The shell stops the server when its input ends, which it does however this process ends.
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

// postgresPrograms finds the server's programs, which Debian keeps off the PATH.
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
		acctest.Lacks(t, "PostgreSQL's initdb, on the PATH or in /usr/lib/postgresql,", "postgresql")
	}
	return filepath.Dir(found[len(found)-1])
}

// unprivileged gives files to the user that the server runs as, and how to run as that: PostgreSQL refuses root.
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

// database is one database of the server.
type database struct {
	t      *testing.T
	server *postgres
	url    string // with the password, as in PG_CONN_STR
}

// database makes an empty one.
func (p *postgres) database(t *testing.T, name string) database {
	t.Helper()
	database{t, p, p.url("postgres")}.query("create database " + name)
	return database{t, p, p.url(name)}
}

func (p *postgres) url(database string) string {
	return fmt.Sprintf("postgres://pipeline:%s@/%s?host=%s&sslmode=disable", password, database, p.folder)
}

func (d database) query(query string) string {
	d.t.Helper()
	return d.run("psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command="+query, d.url)
}

// state is the state of an environment, as it is in the database; empty when there is none.
func (d database) state(environment string) string {
	d.t.Helper()
	table := "prosa_webhooks_" + environment + ".states"
	if d.query("select to_regclass('"+table+"')") == "" {
		return ""
	}
	return d.query("select data from " + table)
}

// dump is all that the database holds.
func (d database) dump() string {
	d.t.Helper()
	return d.run("pg_dump", "--inserts", "--dbname="+d.url)
}

func (d database) run(program string, args ...string) string {
	d.t.Helper()
	output, err := exec.Command(filepath.Join(d.server.bin, program), args...).CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s: %v\n%s", program, err, output)
	}
	return strings.TrimSpace(string(output))
}
