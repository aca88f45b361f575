/** Ten ordinary tasks that change a machine only where it is not so yet, each as our step and as a task of Ansible's own modules. Pure. */
import type {Step} from '../../src/model.ts';

type Task = {readonly step: Step; readonly ansible: Readonly<Record<string, unknown>>};

/** The folder of the tasks: every server of the bench has its own behind this name. */
const root = '/srv/app';
const own = {owner: 'root', group: 'root'};
const settings = Array.from({length: 40}, (_, line) => `setting-${line} = ${line * line}\n`).join('');
const unit = '[Unit]\nDescription=An application\n\n[Service]\nExecStart=/srv/app/run\nRestart=always\n';

const folder = (path: string, mode: string): Task => ({
	step: {kind: 'dir', path, mode},
	ansible: {'ansible.builtin.file': {path, state: 'directory', mode, ...own}},
});
const file = (path: string, content: string, mode: string): Task => ({
	step: {kind: 'file', path, content, mode},
	ansible: {'ansible.builtin.copy': {dest: path, content, mode, ...own}},
});
/** Carried out only while a file is not there. */
const command = (title: string, argv: readonly string[], creates: string): Task => ({
	step: {kind: 'run', title, command: argv, unless: ['test', '-e', creates]},
	ansible: {'ansible.builtin.command': {argv, creates}},
});

export const tasks: readonly Task[] = [
	folder(root, '0755'),
	folder(`${root}/data`, '0700'),
	file(`${root}/app.conf`, settings, '0644'),
	file(`${root}/private.conf`, 'level = 3\n', '0600'),
	file(`${root}/app.service`, unit, '0644'),
	{
		step: {kind: 'link', path: `${root}/current.conf`, to: `${root}/app.conf`},
		ansible: {'ansible.builtin.file': {src: `${root}/app.conf`, dest: `${root}/current.conf`, state: 'link'}},
	},
	{
		step: {kind: 'absent', path: '/srv/old.conf'},
		ansible: {'ansible.builtin.file': {path: '/srv/old.conf', state: 'absent'}},
	},
	{
		step: {kind: 'file', path: `${root}/kept.conf`, content: 'first = true\n', mode: '0640', once: true},
		ansible: {'ansible.builtin.copy': {dest: `${root}/kept.conf`, content: 'first = true\n', mode: '0640', force: false, ...own}},
	},
	command('the index is made', ['install', '-m', '0644', `${root}/app.conf`, `${root}/data/index`], `${root}/data/index`),
	command('the application is set up', ['install', '-m', '0644', '/dev/null', `${root}/data/set-up`], `${root}/data/set-up`),
];

/** The tasks as a playbook; JSON is YAML too. */
export function playbook(): string {
	const named = tasks.map(({ansible}, index) => ({name: `task ${index + 1}`, ...ansible}));
	return `${JSON.stringify([{hosts: 'all', gather_facts: false, tasks: named}], undefined, '\t')}\n`;
}
