import { collector } from './collector.ts';
import { platformOf } from './platform.ts';

/** `hostnamectl status`: host name, kernel and virtualization. */
export const hostnamectl = collector(/^hostnamectl( status)?$/, (facts) => ({
  line(line) {
    const match = /^\s*(Static hostname|Kernel|Virtualization): (\S.*?)\s*$/.exec(line.text);
    const value = match?.[2];
    if (value === undefined || value === 'n/a' || value === '(unset)') return;
    if (match?.[1] === 'Static hostname') facts.hostname.push({ value, at: line.at() });
    else if (match?.[1] === 'Virtualization')
      facts.platform.push({ value: platformOf(value), at: line.at() });
    else if (value.startsWith('Linux '))
      facts.kernel.running.push({ value: value.slice('Linux '.length), at: line.at() });
  },
}));
