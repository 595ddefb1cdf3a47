//go:build unix

package cli

import (
	"os/exec"
	"syscall"
)

// separate puts the command into its own process group, so that it gets only our interrupt. With the terminal's Ctrl-C,
// our interrupt would be the second one, on which the CLI exits without cleaning up.
func separate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
