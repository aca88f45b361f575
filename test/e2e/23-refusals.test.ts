/** Machines on which a run has no business, as they are met: two bare nodes that a run has begun on, and no cluster. Whoever is refused has changed nothing. */
import test, {type ExecutionContext} from 'ava';
import {type Run, Stage} from './stage.ts';

let stage: Stage;
let before: string[];

const record = '/var/lib/kubestrap/cluster.json';
/** Files of ours and of Kubernetes with their times and inodes. */
const files = () => Promise.all(stage.lab.nodes.map(({name}) => stage.still(name)));

test.before(async (t) => {
	t.timeout(600_000);
	stage = await Stage.open({name: 'refused'});
	const run = await stage.kubestrap(['init', '-c', stage.config(), '--only-phases', 'kernel,kubelet-config,controllers']);
	t.is(run.code, 0, said(run));
	before = await files();
});
test.after.always(() => stage?.close());

const said = ({stderr, events}: Run) => stderr + events.map((event) => JSON.stringify(event)).join('\n');
const errors = ({events}: Run) =>
	events.flatMap(({type, node, detail}) => {
		const finding = detail as {
			readonly level?: string;
			readonly id?: string;
			readonly evidence?: string;
			readonly remedy?: string;
		};
		return type === 'check' && finding.level === 'error' ? [{node, ...finding}] : [];
	});
const init = (edit: (config: string) => string = (text) => text) => stage.kubestrap(['init', '-c', stage.config(edit)]);

/** A run that ends with what preflight ends with, names this, and leaves both machines as they are. */
async function refused(t: ExecutionContext, run: Run, wanted: readonly [id: string, evidence: RegExp][]) {
	t.is(run.code, 3, said(run));
	const found = errors(run).filter(({id}) => wanted.some(([name]) => name === id));
	for (const [id, evidence] of wanted) {
		const finding = found.find((one) => one.id === id);
		t.regex(finding?.evidence ?? '', evidence, said(run));
		t.truthy(finding?.remedy);
	}
	t.deepEqual(await files(), before);
}

test.serial('a machine of another cluster', async (t) => {
	t.timeout(120_000);
	const name = /metadata: \{name: ([^},]+)/.exec(stage.lab.config('root'))?.[1] ?? '';
	const run = await init((text) => text.replace(`name: ${name}`, 'name: somebody'));
	await refused(t, run, [['OtherCluster', new RegExp(`the machine belongs to the cluster ${name} \\(`)]]);
});

test.serial('a host that got the address of another machine', async (t) => {
	t.timeout(120_000);
	const [one, other] = ['name: cp1, role: control-plane', 'name: w1, role: worker'];
	const swapped = (text: string) => text.replace(one!, 'NAME').replace(other!, one!).replace('NAME', other!);
	const run = await init(swapped);
	await refused(t, run, [
		['OtherNode', /is recorded as (?:cp1, and the config says that it is w1|w1, and the config says that it is cp1)/],
	]);
});

test.serial('a field that cannot change any more', async (t) => {
	t.timeout(120_000);
	const run = await init((text) => text.replace(/^spec:\n/m, 'spec:\n  network: {podSubnet: 10.245.0.0/16}\n'));
	await refused(t, run, [['ClusterChanged', /podSubnet is 10\.245\.0\.0\/16 in the config, but 10\.244/]]);
});

test.serial('a machine that a newer kubestrap has written to: neither init nor reset', async (t) => {
	t.timeout(120_000);
	const edit = (node: string, program: string) => stage.ssh(node, `cp -a ${record} /root/record; sed -i ${program} ${record}`);
	await edit('w1', `'s/"writer":"[^"]*"/"writer":"99.0.0"/'`);
	before = await files();
	await refused(t, await init(), [['NewerKubestrap', /^kubestrap 99\.0\.0 has written here last/]]);
	await refused(t, await stage.kubestrap(['reset', '-y', '-c', stage.config()]), [['NewerKubestrap', /99\.0\.0/]]);
	await stage.ssh('w1', `mv /root/record ${record}`);
});

test.serial('with the config that they belong to the machines are given back', async (t) => {
	t.timeout(120_000);
	const run = await stage.kubestrap(['reset', '-y', '-c', stage.config()]);
	t.is(run.code, 0, said(run));
	for (const {name} of stage.lab.nodes)
		t.is(await stage.ssh(name, `ls -d /var/lib/kubestrap 2>/dev/null || echo gone`), 'gone\n');
});
