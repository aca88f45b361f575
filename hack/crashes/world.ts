/** The machines that crashes happen on, and what is to be true of them when all is over. */
import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {differences} from '../../test/e2e/left-behind.ts';
import {type Run, Stage} from '../../test/e2e/stage.ts';
import {find} from '../laboratory/lab.ts';
import {Canaries} from './secrets.ts';

/** `bare` machines, a cluster that is `born` with the first two, `grown` by the others, or something that nothing can be begun with. */
export type State = 'bare' | 'born' | 'grown' | 'broken';

// What the matrix itself asks must leave nothing where it looks for what is left.
const kubectl = 'env KUBECACHEDIR=/tmp/crash-cache kubectl --kubeconfig /etc/kubernetes/admin.conf';
export const born = ['cp1', 'w1'];
export const joiners = ['cp2', 'w2'];

/** What a run that died may leave, and the last one must have taken away. One line each. */
const strays = `find /etc /var/lib /usr/local /opt /usr/bin /run/kubestrap -xdev \\( -path /var/lib/containerd -o -path /var/lib/kubelet/pods -o -path /var/lib/etcd -o -path /var/lib/dpkg -o -path /var/lib/apt \\) -prune \
-o \\( -name '.*.kubestrap' -o -name '*.part' -o -name '.part-*' -o -name '*.part.*' -o -name '*.new' -o -name '.in.*' -o -name 'cluster.json.*' -o -name '*.pid' -path '*kubestrap*' \\) -print 2>/dev/null
find /var/lib/kubestrap/artifacts -type f ! -name '*.installed' 2>/dev/null
[ ! -d /var/lib/kubestrap/depot ] || echo '/var/lib/kubestrap/depot'
ls -d /run/kubestrap/kubestrap-* /run/kubestrap-observe.* 2>/dev/null
ls -A /var/lib/kubestrap/pending 2>/dev/null | sed 's/^/pending: /'
systemctl list-units --failed --no-legend --plain 'kubestrap-*' | sed 's/^/failed: /'
:`;

const guards = `set -e
mkdir -p /srv/outer/within /srv/inner /var/lib/kubelet/pods/canary/volumes/data
echo outer >/srv/outer/canary
echo inner >/srv/inner/canary
mount --bind /srv/outer /var/lib/kubelet/pods/canary/volumes/data
mount --bind /srv/inner /var/lib/kubelet/pods/canary/volumes/data/within`;

export class World {
	readonly stage: Stage;
	/** What each machine was when it was bare. */
	readonly bare = new Map<string, readonly string[]>();
	readonly canaries = new Canaries();
	state: State = 'bare';

	static async open(name: string): Promise<World> {
		// One that a run left standing is in no state that is known.
		await find(name)?.down();
		return new World(await Stage.open({name, controlPlanes: 2, workers: 2}));
	}

	constructor(stage: Stage) {
		this.stage = stage;
	}

	/** Looks at machines that are bare, so that it can be said what came of them. */
	async remember(names: readonly string[]): Promise<void> {
		await this.be('bare');
		await Promise.all(
			[...new Set(names)]
				.filter((name) => !this.bare.has(name))
				.map(async (name) => this.bare.set(name, await this.stage.whole(name))),
		);
	}

	/** A config with these nodes only; the first control plane's address is the one that does not go away. */
	config(...names: readonly string[]): string {
		const wanted = (line: string) => !/^ +- \{name:/.test(line) || names.some((name) => line.includes(`name: ${name},`));
		const lines = this.stage.lab.config().split('\n').filter(wanted).join('\n');
		const file = join(this.stage.folder, `${names.join('-')}.yaml`);
		writeFileSync(
			file,
			lines.replace(
				'spec:\n',
				`spec:\n  os: {hosts: block, hostname: set}\n  controlPlaneEndpoint: ${this.stage.lab.nodes[0]!.address}:6443\n`,
			),
		);
		return file;
	}

	/** The machines as a family wants them. Throws when the product cannot do that undisturbed. */
	async be(state: State): Promise<void> {
		// The way into a cluster that is gone is the operator's to remove.
		if (this.state === 'bare') rmSync(this.stage.kubeconfig, {force: true});
		if (this.state === state) return;
		if (state === 'bare' || this.state === 'broken' || (state === 'born' && this.state === 'grown')) {
			await this.stage.freshNodes();
			this.state = 'bare';
			// A fresh machine has another machine id.
			const known = [...this.bare.keys()];
			this.bare.clear();
			await this.remember(known);
		}
		if (state !== 'bare' && this.state === 'bare') this.#good(await this.stage.init(this.config(...born)).done);
		if (state === 'grown') this.#good(await this.stage.kubestrap(['join', '-c', this.config(...born, ...joiners)]));
		this.state = state;
	}

	#good(run: Run): void {
		if (run.code !== 0) throw new Error(`undisturbed, it ended with ${run.code}: ${run.stderr}`);
	}

	/** The same command once more must find nothing to do. */
	async second(args: readonly string[]): Promise<string[]> {
		const {code, events, summary, stderr} = await this.stage.kubestrap(args);
		if (code === 0 && summary.changed === 0) return [];
		const changed = events.filter(({state, type}) => type === 'step' && state === 'changed');
		const steps = changed.map(({node, phase, step}) => `${node}/${phase}/${step}`).join(', ');
		return [`a second run: exit ${code}, changed ${steps} ${stderr.slice(-500)}`];
	}

	/** What is wrong with a cluster of these nodes; nothing, if all is well. */
	async living(names: readonly string[], again: readonly string[]): Promise<string[]> {
		const problems = await this.second(again);
		const proof = await this.stage.kubestrap(['verify', '-c', this.config(...names)]);
		if (proof.code !== 0) problems.push(`verify: exit ${proof.code}: ${proof.stderr.slice(-1500)}`);
		const sums = await Promise.all(
			names.map((name) =>
				this.stage.ssh(
					name,
					'openssl x509 -in /etc/kubernetes/pki/ca.crt -noout -fingerprint -sha256; for conf in /etc/kubernetes/*.conf; do sed -n "s/.*certificate-authority-data: //p" $conf | base64 -d | openssl x509 -noout -fingerprint -sha256; done',
				),
			),
		);
		const authorities = new Set(sums.flatMap((text) => text.trim().split('\n')).filter(Boolean));
		if (authorities.size !== 1) problems.push(`${authorities.size} authorities: ${[...authorities].join(', ')}`);
		const door = await this.stage.ssh(
			'cp1',
			`${kubectl} -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token -o name | wc -l; ${kubectl} -n kube-system get secrets,clusterrolebindings -l kubestrap.dev/purpose=join -o name; ${kubectl} -n kube-system get lease kubestrap --ignore-not-found -o name; ${kubectl} get nodes -o jsonpath='{.items[*].metadata.name}'`,
		);
		const [tokens, ...rest] = door.trim().split('\n');
		if (tokens?.trim() !== '1') problems.push(`${tokens} bootstrap tokens`);
		const nodes = rest.pop()?.split(' ').sort().join(' ');
		if (nodes !== [...names].sort().join(' ')) problems.push(`the cluster has the nodes ${nodes}`);
		if (rest.length > 0) problems.push(`left in the cluster: ${rest.join(', ')}`);
		await this.canaries.look(this.stage, names, this.config(...names));
		return [...problems, ...(await this.strays(names))];
	}

	async strays(names: readonly string[]): Promise<string[]> {
		const found = await Promise.all(names.map(async (name) => [name, (await this.stage.ssh(name, strays)).trim()] as const));
		return found.flatMap(([name, lines]) => (lines === '' ? [] : lines.split('\n').map((line) => `${name}: left over: ${line}`)));
	}

	/** Files of others behind mounts in the kubelet's folder, one mount within the other: a tree that is removed through a mount takes them with it. */
	async guard(names: readonly string[]): Promise<void> {
		await Promise.all(names.map((name) => this.stage.ssh(name, guards)));
	}

	/** Whether they are all there; then they go. */
	async guarded(names: readonly string[]): Promise<string[]> {
		const found = await Promise.all(
			names.map((name) => this.stage.ssh(name, `cat /srv/outer/canary /srv/inner/canary 2>&1; rm -rf /srv/outer /srv/inner; :`)),
		);
		return found.flatMap((text, index) =>
			text.trim() === 'outer\ninner' ? [] : [`${names[index]}: behind the mounts: ${text.trim()}`],
		);
	}

	/** What these machines have that they had not when they were bare, or the other way round, but for what is known to stay. */
	async given(names: readonly string[]): Promise<string[]> {
		const found = await Promise.all(
			names.map(async (name) =>
				differences(await this.stage.whole(name), this.bare.get(name) ?? []).map((line) => `${name}: ${line}`),
			),
		);
		return found.flat();
	}
}
