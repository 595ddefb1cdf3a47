package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"time"
)

// A CLI tells nobody what its providers used. So it is given this program in the place of a provider, which starts the
// real one and writes down what that used.
const (
	pluginVariable = "PROSA_BENCH_PLUGIN" // path of the real provider
	usageVariable  = "PROSA_BENCH_USAGE"  // file that gets a line when a provider starts, and one when it has ended
)

const started = "started"

// usage is what processes of a provider used.
type usage struct {
	CPU    time.Duration // user and system
	Memory int64         // the most at one time, in bytes; 0: this system does not say
}

func isPlugin() bool { return os.Getenv(pluginVariable) != "" }

func runPlugin() int {
	signal.Ignore(os.Interrupt) // it is the CLI that ends a provider
	code, err := watch(os.Getenv(pluginVariable), os.Getenv(usageVariable))
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return code
}

func watch(plugin, file string) (code int, err error) {
	notes, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, notes.Close()) }()
	if _, err := fmt.Fprintln(notes, started); err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(context.Background(), plugin, os.Args[1:]...) // it is the CLI that ends it
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		return 0, err
	}
	line, err := json.Marshal(usage{
		CPU:    cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		Memory: peakMemory(cmd.ProcessState),
	})
	if err != nil {
		return 0, err
	}
	_, err = notes.Write(append(line, '\n'))
	return max(0, cmd.ProcessState.ExitCode()), err
}

// readUsage adds up what the providers of one command used, and empties the file for the next command.
func readUsage(file string) (usage, error) {
	var total usage
	content, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return total, err
	}
	begun, ended := 0, 0
	for lines := bufio.NewScanner(strings.NewReader(string(content))); lines.Scan(); {
		if lines.Text() == started {
			begun++
			continue
		}
		var one usage
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return total, fmt.Errorf("what a provider used cannot be read: %w", err)
		}
		ended++
		total.CPU += one.CPU
		total.Memory = max(total.Memory, one.Memory)
	}
	if begun == 0 || begun != ended {
		return total, fmt.Errorf("the CLI started %d providers, of which %d ended by themselves", begun, ended)
	}
	return total, os.Truncate(file, 0)
}
