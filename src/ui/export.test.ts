import { expect, test } from 'vitest';
import { exportName } from './export.ts';

test('a file name says model, picture and measure', () => {
  expect(exportName({ model: 'crate-cifar10', picture: 'ship', measure: 'R^c half, unit' }, 'svg')).toBe(
    'crate-cifar10_ship_r-c-half-unit.svg',
  );
});

test('names of files and of other scripts are kept readable and safe', () => {
  expect(exportName({ model: 'My model.pth', picture: '../海 bild.JPG', measure: '' }, 'csv')).toBe(
    'my-model-pth_海-bild-jpg.csv',
  );
});
