/** What the end-to-end tests share: a lab, kubestrap as its users call it, and looks at what it left on the nodes. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {createInterface} from 'node:readline';
import {text} from 'node:stream/consumers';
import {run} from '../../hack/laboratory/command.ts';
import type {ConfigUser} from '../../hack/laboratory/config.ts';
import {type Lab, up} from '../../hack/laboratory/lab.ts';
import type {Event} from '../../src/model.ts';

const root = join(import.meta.dirname, '..', '..');
/** What is run: the sources, or what was built of them. */
const program = process.env.KUBESTRAP_MAIN ?? join(root, 'src', 'main.ts');

export type Run = {
	readonly code: number | null;
	readonly events: readonly Event[];
	readonly stderr: string;
	/** The last event's detail: the summary. */
	readonly summary: {readonly changed: number; readonly unchanged: number; readonly failed: number; readonly exit: number};
};

export type Running = {
	readonly pid: number;
	kill(signal: NodeJS.Signals): void;
	/** Resolves with the first event that fits; rejects when the run ends without one. */
	seen(fits: (event: Event) => boolean): Promise<Event>;
	/** Every event until now. */
	soFar(): readonly Event[];
	readonly done: Promise<Run>;
};

/** A lab and a folder of its own for a test file. */
export class Stage {
	readonly lab: Lab;
	readonly folder = mkdtempSync(join(tmpdir(), 'kubestrap-e2e-'));

	static async open(options: Parameters<typeof up>[0] = {}): Promise<Stage> {
		return new Stage(await up({name: 'e2e', ...options}));
	}

	constructor(lab: Lab) {
		this.lab = lab;
	}

	get kubeconfig(): string {
		return join(this.folder, 'kubeconfig');
	}

	/** The lab's config file, changed by `edit`, and the path it was written to. */
	config(edit: (config: string) => string = (config) => config, user: ConfigUser = 'root'): string {
		const file = join(this.folder, `${user}.yaml`);
		writeFileSync(file, edit(this.lab.config(user)));
		return file;
	}

	/** Starts kubestrap with events as output. */
	start(args: readonly string[], env: Record<string, string> = {}): Running {
		const child = spawn(execPath, [program, ...args, '-o', 'json'], {
			stdio: ['ignore', 'pipe', 'pipe'],
			cwd: this.folder,
			env: {...process.env, XDG_STATE_HOME: join(this.folder, 'state'), SSH_AUTH_SOCK: '', ...env},
		});
		const events: Event[] = [];
		const waiting = new Set<{fits: (event: Event) => boolean; found: (event: Event) => void; lost: (error: Error) => void}>();
		const lines = createInterface({input: child.stdout});
		lines.on('line', (line) => {
			const event = JSON.parse(line) as Event;
			events.push(event);
			for (const wait of waiting) if (wait.fits(event)) wait.found(event);
		});
		const stderr = text(child.stderr);
		let over: Error | undefined;
		const done = once(child, 'close').then(async ([code]): Promise<Run> => {
			over = new Error(`the run ended before that: ${await stderr}`);
			for (const wait of waiting) wait.lost(over);
			return {
				code: code as number | null,
				events,
				stderr: await stderr,
				summary: (events.at(-1)?.detail ?? {}) as Run['summary'],
			};
		});
		const seen = (fits: (event: Event) => boolean) =>
			new Promise<Event>((found, lost) => {
				const early = events.find(fits);
				if (early) found(early);
				else if (over) lost(over);
				else waiting.add({fits, found, lost});
			});
		return {pid: child.pid as number, kill: (signal) => child.kill(signal), seen, soFar: () => events, done};
	}

	async kubestrap(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
		return this.start(args, env).done;
	}

	/** Runs kubestrap as people do; its stdout. Rejects with stderr when it does not end well. */
	async text(args: readonly string[]): Promise<string> {
		const {stdout} = await run([execPath, program, ...args]);
		return stdout;
	}

	init(config = this.config()): Running {
		return this.start(['init', '-c', config, '--kubeconfig', this.kubeconfig]);
	}

	/** Runs a command on a node as root, with the lab's own ssh; its stdout. */
	async ssh(node: string, command: string): Promise<string> {
		const {stdout} = await run([join(root, 'hack', 'lab'), 'ssh', '--name', this.lab.name, node, command]);
		return stdout;
	}

	/** Bare machines again; the kubeconfig of the cluster that was on them goes too. */
	async freshNodes(): Promise<void> {
		rmSync(this.kubeconfig, {force: true});
		await Promise.all(this.lab.nodes.map(({name}) => this.lab.reset(name)));
	}

	/**
	 * What must not change in a second run: path, type, mode, owner, size, mtime and inode of everything that is ours or kubeadm's,
	 * and start times of the processes that make the cluster.
	 */
	async still(node: string): Promise<string> {
		const files = `find /etc/kubernetes /etc/containerd /etc/cni /etc/systemd /etc/sysctl.d /etc/modules-load.d /var/lib/kubelet/config.yaml \
/var/lib/kubelet/pki /usr/bin/kubelet /usr/bin/kubectl /usr/bin/kubeadm /usr/local/bin /usr/local/sbin /opt/cni/bin /var/lib/kubestrap \
-printf '%p %y %m %u %s %T@ %i\\n' | sort`;
		const processes = `for name in containerd kubelet etcd kube-apiserver kube-controller kube-scheduler; do
	for pid in $(pgrep "$name"); do cut -d ' ' -f 2,22 /proc/$pid/stat; done; done`;
		return this.ssh(node, `${files}; ${processes}`);
	}

	/**
	 * A machine as `reset` has to give it back, in sorted lines: path, type, mode, owner, target and sum of every file on its disk but for logs and what
	 * systemd counts; links, routes, filter rules; unit files and failed units.
	 */
	async whole(node: string): Promise<string[]> {
		const script = `cd / && skip='-path ./proc -o -path ./sys -o -path ./run -o -path ./tmp -o -path ./dev -o -path ./var/log/journal -o -path ./var/lib/systemd -o -path ./var/tmp'
find . -xdev \\( $skip \\) -prune -o ! -type d -printf 'file %p %y %m %U:%G %l\\n' -o -printf 'folder %p %m %U:%G\\n'
find . -xdev \\( $skip -o -path ./var/log \\) -prune -o -type f -print0 | xargs -0 sha256sum | sed 's/^/sum /'
for tool in iptables ip6tables; do $tool-save | sed -n 's/ \\[.*//; /^#/!s/^/rules /p'; done
ip -o link | cut -d: -f 2 | sed 's/@.*//; s/^/link/'
for family in -4 -6; do ip $family route | sed 's/ *$//; s/^/route /'; done
systemctl list-unit-files --no-legend --plain --no-pager | grep -v ' transient ' | tr -s ' ' | sed 's/^/unit /'
systemctl list-units --failed --no-legend --plain --no-pager | cut -d ' ' -f 1 | sed 's/^/failed /'`;
		const lines = (await this.ssh(node, script)).split('\n');
		return lines
			.map((line) => line.trimEnd())
			.filter((line) => line !== '')
			.sort();
	}

	async close(): Promise<void> {
		rmSync(this.folder, {recursive: true, force: true});
		await this.lab.down();
	}

	read(path: string): string {
		return readFileSync(path, 'utf8');
	}
}
