//go:build !unix

package cli

import (
	"os"
	"os/exec"
)

func apart(*exec.Cmd) {}

func interrupt(process *os.Process) error { return process.Kill() }

func endGroup(*exec.Cmd) {}
