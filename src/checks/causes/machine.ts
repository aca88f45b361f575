/** Causes that lie in the machine: disk, swap, cgroups, limits. */
import type {Cause} from './row.ts';

export const machineCauses: readonly Cause[] = [
	{
		id: 'disk-full',
		says: /(?:\b(?:write|open|mkdir|create|rename|sync|copy) (\/\S{1,200}): )?no space left on device/i,
		cause: ({words: [, path]}) => (path === undefined ? 'the disk is full' : `the disk is full: no room for ${path}`),
		remedy: 'make room (df -h and df -i on the node tell where), then run the same command again',
	},
	{
		id: 'disk-full',
		in: /^disk$/,
		says: /^(?!inodes:)\S+ +\d+ +\d+ +\d+ +(?:99|100)% +(\S+)$/,
		cause: ({words: [, path = '/']}) => `the file system ${path} is full`,
		remedy: 'make room there, then run the same command again',
	},
	{
		id: 'disk-full',
		in: /^disk$/,
		says: /^inodes: \S+ +\d+ +\d+ +\d+ +(?:99|100)% +(\S+)$/,
		cause: ({words: [, path = '/']}) => `the file system ${path} has no inodes left`,
		remedy: 'delete what is many and small there, then run the same command again',
	},
	{
		id: 'read-only',
		says: /(?:\b(?:write|open|mkdir|create|rename|remove|chmod|unlink) (\/\S{1,200}): )?read-only file system/i,
		cause: ({words: [, path]}) =>
			path === undefined ? 'a file system is mounted read-only' : `the file system of ${path} is mounted read-only`,
		remedy:
			'look for disk errors (dmesg), mount it read-write (mount -o remount,rw, and /etc/fstab), then run the same command again',
	},
	{
		id: 'swap-on',
		certain: true,
		in: /^kubelet$/,
		says: /running with swap on is not supported/,
		cause: 'swap is on, and the kubelet does not start with it',
		remedy: 'run swapoff --all on the node (on its host, if it is a container), or set `swap: ignore` in the config',
	},
	{
		id: 'cgroup-v1',
		certain: true,
		in: /^kubelet$/,
		says: /configured to not run on a host using cgroup v1/,
		cause: 'the node uses cgroup v1, and the kubelet is told to refuse it',
		remedy: 'set failCgroupV1: false in the KubeletConfiguration, or boot the node with cgroup v2',
	},
	{
		id: 'oom-score-adj',
		// The kubelet complains of its own score as well, and runs on.
		says: /(?:sandbox|OCI runtime|runc|shim).*oom_score_adj/i,
		cause: 'no container can start, because the node lacks CAP_SYS_RESOURCE and containerd wants to lower oom_score_adj',
		remedy: 'set restrict_oom_score_adj = true in /etc/containerd/config.toml and restart containerd',
	},
	{
		id: 'inotify-limit',
		says: /inotify\b.{0,200}too many open files|too many open files.{0,200}\binotify/i,
		cause: 'the limit of inotify instances is used up',
		remedy: 'sysctl -w fs.inotify.max_user_instances=512 (on the host, if the node is a container)',
	},
	{
		id: 'open-files-limit',
		says: /too many open files/i,
		cause: 'a process has too many open files',
		remedy: 'raise LimitNOFILE of the unit that says it, or fs.inotify.max_user_instances and fs.file-max of the machine',
	},
	{
		id: 'clock-speed',
		certain: true,
		in: /^kubelet$/,
		says: /could not detect clock speed/,
		cause: 'the kubelet cannot find the speed of the CPU in /proc/cpuinfo',
		remedy: 'give the (virtual) machine a /proc/cpuinfo with a "cpu MHz" line',
	},
	{
		id: 'overlay-missing',
		says: /overlay(?:fs)?\b.{0,120}(?:no such device|not supported|operation not permitted)/i,
		cause: 'the kernel gives no overlay file system here, so no image can be unpacked',
		remedy: 'run modprobe overlay (on the host, if the node is a container)',
	},
	{
		id: 'out-of-memory',
		in: /^(?:containers|kubelet|containerd)$/,
		says: /^(\S+) ended with exit code \d+ OOMKilled|\bOOMKilled\b|out of memory: kill/i,
		cause: ({words: [, name = 'a component']}) => `${name} was killed because memory ran out`,
		remedy:
			'raise its memory limit if a patch of the config sets one, else give the node more memory: a control plane needs 1700 MiB at least (free -m)',
	},
	{
		id: 'kubelet-refuses',
		in: /^kubelet$/,
		says: /"command failed" err="(?:failed to run Kubelet: )?((?:[^"\\]|\\.){1,400})"/,
		weak: true,
		cause: ({words: [, why = '']}) => `the kubelet does not start: ${why}`,
		remedy: 'look which of its settings says so (the KubeletConfiguration and kubeletExtraArgs of the config), then run again',
	},
];
