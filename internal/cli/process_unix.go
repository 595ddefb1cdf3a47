//go:build unix

package cli

import (
	"os/exec"
	"syscall"
)

// separate keeps a terminal's Ctrl-C from the command: together with our interrupt it would be the second one, at which
// the CLI gives up without cleaning up.
func separate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
