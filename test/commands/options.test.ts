import test from 'ava';
import {flagsOf} from '../../src/commands/options.ts';
import {usageError} from '../../src/commands/usage.ts';

test("flags of the cluster keep kubeadm's names and are lists where several make sense", (t) => {
	const {flags, problems} = flagsOf(
		{
			config: 'c.yaml',
			'control-planes': ['root@a,root@b', 'root@c'],
			'pod-network-cidr': '10.1.0.0/16',
			'apiserver-bind-port': 7443,
			color: true,
		},
		{noColor: false},
	);
	t.deepEqual(problems, []);
	t.is(flags.config, 'c.yaml');
	t.true(flags.colors);
	t.deepEqual(flags.cluster, {
		controlPlanes: ['root@a', 'root@b', 'root@c'],
		podNetworkCidr: '10.1.0.0/16',
		apiserverBindPort: 7443,
	});
});

test('a flag that takes one value and is given twice, or is empty, is a problem', (t) => {
	const {problems} = flagsOf({config: ['a', 'b'], 'service-cidr': '', 'apiserver-bind-port': Number.NaN}, {noColor: false});
	t.deepEqual(problems.map(({message}) => message).sort(), [
		'--apiserver-bind-port is not a number from 1 on',
		'--config is given 2 times',
		'--service-cidr is empty',
	]);
});

test('NO_COLOR wins over the flag', (t) => {
	t.false(flagsOf({color: true}, {noColor: true}).flags.colors);
});

test('a mistyped verb or flag is told what was meant', (t) => {
	t.deepEqual(usageError('Unknown argument: preflihgt').problems, [
		{message: 'unknown command or flag: preflihgt', hint: 'did you mean preflight?'},
	]);
	t.deepEqual(usageError('Unknown arguments: worker, xyzzy').problems, [
		{message: 'unknown command or flag: worker', hint: 'did you mean --workers?'},
		{message: 'unknown command or flag: xyzzy'},
	]);
});
