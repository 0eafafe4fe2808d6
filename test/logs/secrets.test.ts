import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskSecrets } from '../../shared/logs/secrets.ts';

describe('masking of credentials', () => {
  it.each([
    ['password=Hunter2', 'password=***'],
    ['ADMIN_PASSWORD = "Hunter2 and more" # note', 'ADMIN_PASSWORD = *** # note'],
    ["db.passwd: 'Hunter2'", 'db.passwd: ***'],
    ['{"secret": "Hunter2", "user": "x"}', '{"secret": ***, "user": "x"}'],
    ['aws_secret_access_key = abc/def+ghi', 'aws_secret_access_key = ***'],
    ['tool --password Hunter2 --host h', 'tool --password *** --host h'],
    ['tool --token=Hunter2', 'tool --token=***'],
    ['ipmitool -H 10.0.0.1 -U admin -P Hunter2 power off', 'ipmitool -H 10.0.0.1 -U admin -P *** power off'],
    ['ipmitool -P Hunter2 -U admin power off', 'ipmitool -P *** -U admin power off'],
    ['mysql -u root -pHunter2', 'mysql -u root -p***'],
    ['https://user:Hunter2@example.com/path', 'https://user:***@example.com/path'],
    ['Authorization: Bearer abcdefgh.ijkl', 'Authorization: Bearer ***'],
    ['AKIAABCDEFGHIJKLMNOP', '***'],
    ['-----BEGIN RSA PRIVATE KEY-----', '***'],
  ])('%s', (line, shown) => {
    expect(maskSecrets(line)).toBe(shown);
  });

  it.each([
    'node1 restore[1]: INFO:dr:restore:tag:104009:/dev/md0: bitmap merged, resyncing 2.9 GB',
    'ps -p 1234 -o pid',
    'keyboard layout set',
    'mkdir -p /tmp/x',
    'the password was changed',
  ])('leaves alone: %s', (line) => {
    expect(maskSecrets(line)).toBe(line);
  });

  it('hides the value whatever stands around it', () => {
    const around = fc.string({ unit: fc.constantFrom('a', ' ', '-', '.', 'é', '1', ','), maxLength: 20 });
    const key = fc.constantFrom('password', 'PASSWD', 'api_key', 'client-secret', 'Token');
    const between = fc.constantFrom('=', ': ', ' = ', ':');
    fc.assert(
      fc.property(around, key, between, around, (before, name, sign, after) => {
        expect(maskSecrets(`${before} ${name}${sign}Hunter2 ${after}`)).not.toContain('Hunter2');
      }),
    );
  });
});
