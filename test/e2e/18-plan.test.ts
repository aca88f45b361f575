/** A plan says what would be done and cannot write; what was agreed on is done, that and nothing else, and only while the machines are as they were seen. */
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {env, execPath} from 'node:process';
import test from 'ava';
import {run} from '../../hack/laboratory/command.ts';
import type {Agreed} from '../../src/foresight/difference.ts';
import {type Run, Stage} from './stage.ts';

let stage: Stage;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({name: env.KUBESTRAP_LAB ?? 'plan', workers: 1});
});
test.after.always(() => stage?.close());

type Document = {readonly recipe: string; readonly differences: readonly Agreed[]; readonly changed: number};
const documentOf = ({events}: Run) => events[0] as unknown as Document;
const names = () => stage.lab.nodes.map(({name}) => name);
const saved = () => join(stage.folder, 'plan.json');
const plan = (...args: string[]) => stage.kubestrap(['plan', '-c', stage.config(), ...args]);
const agreed = (...args: string[]) =>
	stage.kubestrap(['apply', '-c', stage.config(), '--plan', saved(), '--kubeconfig', stage.kubeconfig, ...args]);
const rows = (planned: Run) =>
	documentOf(planned)
		.differences.filter(({change}) => change !== 'wait')
		.map(({kind, name, change, nodes}) => `${change} ${kind} ${name} on ${nodes.join()}`);

/**
 * Every file outside of /run, /proc and /sys: mode, owner, size, times to the nanosecond, inode; and the sums of what is small. Left out is what
 * others write all the time: logs, sshd's own records, and what etcd, containerd and the kubelet keep for pods.
 */
const files = `cd / && skip='-path ./proc -o -path ./sys -o -path ./run -o -path ./dev -o -path ./var/log -o -path ./var/lib/systemd -o -path ./var/lib/etcd -o -path ./var/lib/containerd -o -path ./var/lib/kubelet/pods'
find . -xdev \\( $skip \\) -prune -o -printf '%p %y %m %U:%G %s %T@ %C@ %i\\n'
find ./etc ./root ./var/lib/kubestrap ./var/lib/kubelet ./opt/cni -xdev \\( $skip \\) -prune -o -type f -size -1024k -print0 2>/dev/null | xargs -0 sha256sum`;
const objects = `export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl get configmaps,secrets,serviceaccounts,services,daemonsets,deployments,roles,rolebindings,clusterroles,clusterrolebindings -A \
-o go-template='{{range .items}}{{.kind}}/{{.metadata.namespace}}/{{.metadata.name}} {{or .metadata.generation .metadata.resourceVersion}}{{"\\n"}}{{end}}'`;

/** What is on the machines and in the cluster. */
async function everything(): Promise<string[]> {
	const [machines, cluster] = await Promise.all([
		Promise.all(names().map(async (name) => (await stage.ssh(name, files)).split('\n').map((line) => `${name} ${line}`))),
		stage.ssh('cp1', `[ ! -e /etc/kubernetes/admin.conf ] || { ${objects}; }`),
	]);
	return [...machines.flat(), ...cluster.split('\n')].sort();
}
const difference = (before: readonly string[], after: readonly string[]) => {
	const [had, has] = [new Set(before), new Set(after)];
	return [...before.filter((line) => !has.has(line)), ...after.filter((line) => !had.has(line))];
};

test.serial('bare machines: all that init would do, and not a byte of it is done', async (t) => {
	t.timeout(300_000);
	const before = await everything();
	t.true(before.length > 10_000);
	const run = await plan('--save', saved());
	t.is(run.code, 8, run.stderr);
	t.is(documentOf(run).recipe, 'init');
	const said = rows(run);
	t.true(said.includes('make file /etc/kubernetes/manifests/etcd.yaml on cp1'));
	t.true(said.includes('make fetch kubelet/v1.37.1/amd64 on cp1,w1'));
	const unknown = documentOf(run).differences.filter(({from}) => from === 'unknown');
	t.deepEqual([...new Set(unknown.map(({kind}) => kind))].sort(), ['image', 'object'], 'nobody can be asked for these yet');
	const dry = await stage.kubestrap(['init', '-c', stage.config(), '--dry-run', '--kubeconfig', stage.kubeconfig]);
	t.is(dry.code, 0, dry.stderr);
	t.deepEqual(documentOf(dry).differences, documentOf(run).differences);
	t.deepEqual(difference(before, await everything()), []);
});

test.serial('a plan that was altered, or is of another config, is refused', async (t) => {
	const whole = readFileSync(saved(), 'utf8');
	writeFileSync(saved(), whole.replace('kubelet', 'kubelel'));
	const altered = await agreed();
	t.is(altered.code, 2);
	t.regex(altered.stderr, /the plan was altered/);
	writeFileSync(saved(), whole);
	const changed = stage.config((text) => text.replace('spec:', 'spec:\n  swap: ignore'));
	const other = await stage.kubestrap(['apply', '-c', changed, '--plan', saved()]);
	t.is(other.code, 2);
	t.regex(other.stderr, /the config is another one/);
});

test.serial('what was agreed on makes the cluster; then nothing waits', async (t) => {
	t.timeout(600_000);
	const made = await agreed();
	t.is(made.code, 0, made.stderr);
	await stage.ssh(
		'cp1',
		'kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system rollout status deployment/coredns --timeout=120s',
	);
	const run = await plan();
	t.is(run.code, 0, JSON.stringify(documentOf(run).differences));
	const again = await agreed();
	t.is(again.code, 3);
	t.regex(again.stderr, /cp1: what kubestrap recorded there: has changed/);
});

const canary = 'canary-7f3a-not-to-be-seen';
const drift = {
	cp1: `sed -i 's/^maxPods.*//' /var/lib/kubelet/config.yaml && echo 'maxPods: 7' >>/var/lib/kubelet/config.yaml
chmod 600 /etc/crictl.yaml && echo '# ${canary}' >>/etc/crictl.yaml
echo 0 >/proc/sys/net/ipv4/ip_forward
echo '# drift' >>/etc/kubernetes/manifests/kube-scheduler.yaml
kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system patch configmap coredns --type merge -p '{"data":{"Corefile":"drifted"}}'`,
	w1: `systemctl disable -q --now kubelet && ctr -n k8s.io images rm docker.io/library/busybox:1.37 2>/dev/null`,
};
const drifted = [
	'change sysctl net.ipv4.ip_forward on cp1',
	'change file /etc/crictl.yaml on cp1',
	'make image docker.io/library/busybox:1.37 on w1',
	'change file /var/lib/kubelet/config.yaml on cp1',
	'change service kubelet.service on w1',
	'restart service kubelet.service on cp1',
	'change file /etc/kubernetes/manifests/kube-scheduler.yaml on cp1',
	'change object v1/ConfigMap/kube-system/coredns on cp1',
];

test.serial('what drifted is shown, each with its difference, and nothing else; nothing is written', async (t) => {
	t.timeout(300_000);
	for (const [node, script] of Object.entries(drift)) await stage.ssh(node, script);
	const before = await everything();
	const run = await plan('--save', saved());
	t.is(run.code, 8, run.stderr);
	t.deepEqual(rows(run), drifted);
	const {differences} = documentOf(run);
	const of = (name: string) => differences.find((row) => row.name === name);
	t.like(of('net.ipv4.ip_forward'), {from: '0', to: '1'});
	t.like(of('kubelet.service'), {from: 'inactive, disabled', to: 'active, enabled'});
	t.regex(of('/var/lib/kubelet/config.yaml')?.diff ?? '', /^-maxPods: 7$/m);
	t.regex(of('/etc/kubernetes/manifests/kube-scheduler.yaml')?.diff ?? '', /^-# drift$/m);
	t.regex(of('/etc/crictl.yaml')?.from ?? '', /^0600 root:root, content that is not shown$/);
	t.regex(of('v1/ConfigMap/kube-system/coredns')?.diff ?? '', /^- {2}Corefile: drifted$[\s\S]*^\+.*kubernetes cluster\.local/m);
	for (const verb of [['reset'], ['node', 'remove', 'w1'], ['join']]) {
		const dry = await stage.kubestrap([...verb, '-c', stage.config(), '--dry-run']);
		t.is(dry.code, 0, dry.stderr);
	}
	t.deepEqual(difference(before, await everything()), []);
});

/** For whoever comes by ssh all is read-only but /run: what kubestrap starts there can write nowhere else. Homes, /root too, have a switch of their own. */
const readOnly = `mkdir -p /run/systemd/system/ssh.service.d
printf '[Service]\\nProtectSystem=strict\\nProtectHome=read-only\\nReadWritePaths=/run\\n' >/run/systemd/system/ssh.service.d/read-only.conf
systemctl daemon-reload && systemctl restart ssh`;

test.serial('where nothing can be written a plan says the same', async (t) => {
	t.timeout(300_000);
	const before = documentOf(await plan());
	t.teardown(() =>
		Promise.all(
			names().map((name) =>
				stage.ssh(name, 'rm /run/systemd/system/ssh.service.d/read-only.conf; systemctl daemon-reload; systemctl restart ssh'),
			),
		),
	);
	await Promise.all(names().map((name) => stage.ssh(name, readOnly)));
	for (const place of ['/etc', '/tmp', '/var/tmp', '/var/lib/kubestrap', '/root'])
		t.is((await stage.ssh('cp1', `touch ${place}/x 2>/dev/null || echo no`)).trim(), 'no');
	const refused = await plan();
	t.is(refused.code, 3, 'a machine on which nothing can be written is not for a cluster');
	t.regex(refused.stderr, /ReadOnlyFilesystem/);
	const run = await plan('--ignore-preflight-errors', 'ReadOnlyFilesystem', '--save', saved());
	t.is(run.code, 8, run.stderr);
	const waits = ({change}: Agreed) => change === 'wait';
	t.deepEqual(
		documentOf(run).differences.filter((row) => !waits(row)),
		before.differences.filter((row) => !waits(row)),
	);
});

test.serial('no secret is in what a plan says, saves or logs', async (t) => {
	const keys = await stage.ssh(
		'cp1',
		'for key in /etc/kubernetes/pki/*.key /etc/kubernetes/pki/etcd/*.key /var/lib/kubelet/pki/*.pem; do grep -v -e ----- "$key" | sed -n 3p; done',
	);
	const token = await stage.ssh(
		'cp1',
		`kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token -o go-template='{{range .items}}{{index .data "token-secret"}}{{end}}'`,
	);
	const canaries = [...keys.trim().split('\n'), token.trim(), Buffer.from(token, 'base64').toString(), canary];
	t.true(canaries.length > 10 && canaries.every((one) => one.length >= 8));
	const shown = await plan();
	const words = ['plan', '-c', stage.config()];
	const read = await run([execPath, join(import.meta.dirname, '../../src/main.ts'), ...words], {
		env: {XDG_STATE_HOME: join(stage.folder, 'state')},
		mayFail: true,
	});
	t.is(read.code, 8, read.stderr);
	t.regex(read.stdout, /^ {2}~ file \/etc\/crictl\.yaml: 0600 root:root, content that is not shown → /m);
	const logs = join(stage.folder, 'state', 'kubestrap', 'logs');
	const told = [
		readFileSync(saved(), 'utf8'),
		shown.stderr,
		read.stdout,
		read.stderr,
		JSON.stringify(shown.events),
		...readdirSync(logs)
			.filter((name) => name.includes('-plan-'))
			.map((name) => readFileSync(join(logs, name), 'utf8')),
	].join('\n');
	t.true(told.includes('ip_forward'));
	for (const one of canaries)
		for (const form of [one, Buffer.from(one).toString('base64')]) t.false(told.includes(form), 'a secret was told');
});

test.serial('a machine that changed in between is named, and nothing is changed', async (t) => {
	t.timeout(300_000);
	await stage.ssh('w1', 'echo drift >>/etc/sysctl.d/60-kubestrap.conf');
	const before = await everything();
	const run = await agreed();
	t.is(run.code, 3, run.stderr);
	t.regex(run.stderr, /w1: kernel\/file \/etc\/sysctl\.d\/60-kubestrap\.conf: is not as it was seen/);
	t.notRegex(run.stderr, /cp1: /);
	t.deepEqual(difference(before, await everything()), []);
	await stage.ssh('w1', "sed -i '/^drift$/d' /etc/sysctl.d/60-kubestrap.conf");
});

test.serial('apply does exactly what was agreed on', async (t) => {
	t.timeout(300_000);
	const wanted = await plan('--save', saved());
	t.deepEqual(rows(wanted), drifted);
	const run = await agreed();
	t.is(run.code, 0, run.stderr);
	const done = run.events
		.filter(({type, state}) => type === 'step' && state === 'changed')
		.map(({node, phase, step}) => `${phase} ${step} on ${node}`);
	t.deepEqual(
		done.toSorted(),
		[
			'kernel sysctl net.ipv4.ip_forward on cp1',
			'runtime file /etc/crictl.yaml on cp1',
			'images image docker.io/library/busybox:1.37 on w1',
			'kubelet-config file /var/lib/kubelet/config.yaml on cp1',
			'kubelet-start service kubelet.service on w1',
			'kubelet-start service kubelet.service on cp1',
			'controllers file /etc/kubernetes/manifests/kube-scheduler.yaml on cp1',
			'addon-coredns object v1/ConfigMap/kube-system/coredns on cp1',
		].toSorted(),
	);
	t.is((await plan()).code, 0);
});

test.serial(
	'a node that the config does not list is named and stays; one that does not answer is named, and nothing is said of the others',
	async (t) => {
		t.timeout(120_000);
		const unlisted = stage.config((text) => text.replace(/^.*name: w1,.*\n/m, ''));
		const short = await stage.kubestrap(['plan', '-c', unlisted]);
		t.is(short.code, 0, JSON.stringify(short.events));
		t.like(short.events[0], {machines: [{node: 'cp1', role: 'control-plane', fate: 'stays'}]});
		const {notes} = short.events[0] as unknown as {notes: string[]};
		t.true(notes.includes('w1 is a node of the cluster, but not in the config: kubestrap node remove w1 takes it out'));
		const {address} = stage.lab.nodes.find(({name}) => name === 'w1')!;
		const lost = stage.config((text) => text.replaceAll(address, address.replace(/\d+$/, '99')));
		const silent = await stage.kubestrap(['plan', '-c', lost]);
		t.is(silent.code, 4);
		t.deepEqual(silent.events, []);
		t.regex(silent.stderr, /w1: no connection[\s\S]*cannot be asked[\s\S]*kubestrap node remove w1/);
	},
);
