import test from 'ava';
import {kindsOf, split} from '../../hack/laboratory/arguments.ts';
import {newRecord, sameShape, shapeOf} from '../../hack/laboratory/shape.ts';

const kinds = (...words: string[]) => newRecord(shapeOf({workers: 2, ...kindsOf(words)}), []).nodes.map(({kind}) => kind);

test('a kind is that of all nodes, or of those that are named', (t) => {
	t.deepEqual(kinds(), ['nspawn', 'nspawn', 'nspawn']);
	t.deepEqual(kinds('uml'), ['uml', 'uml', 'uml']);
	t.deepEqual(kinds('w2=uml'), ['nspawn', 'nspawn', 'uml']);
	t.deepEqual(kinds('uml', 'cp1=nspawn', 'w1=uml-nat'), ['nspawn', 'uml-nat', 'uml']);
});

test('kinds and nodes that do not exist are told', (t) => {
	t.throws(() => kinds('kvm'), {message: '--kind is one of nspawn, uml, uml-nat: kvm'});
	t.throws(() => kinds('w1=kvm'), {message: '--kind is one of nspawn, uml, uml-nat: kvm'});
	t.throws(() => kinds('w9=uml', 'w2=uml'), {message: 'a kind is given for w9, which this lab does not have'});
});

test('a lab of other kinds is another shape; a record from before there were kinds is one of containers', (t) => {
	const shape = shapeOf({});
	const record = newRecord(shape, []);
	t.true(sameShape(record, shape));
	t.false(sameShape(record, shapeOf({kinds: {w1: 'uml'}})));
	t.true(sameShape({...record, nodes: record.nodes.map(({kind: _, ...node}) => node)}, shape));
});

test('what follows the node belongs to the command that runs there', (t) => {
	t.deepEqual(split(['ssh', '--name', 'x', 'cp1', 'ls', '--all']), [
		['ssh', '--name', 'x', 'cp1'],
		['ls', '--all'],
	]);
	t.deepEqual(split(['up', '--kind', 'uml']), [['up', '--kind', 'uml'], []]);
});
