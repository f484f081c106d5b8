// The ten sample pictures: our own drawings, one for each class of CIFAR-10.

export interface Sample {
  readonly id: string;
  /** What the gallery calls it. */
  readonly title: string;
  /** The class it was drawn for. */
  readonly label: string;
}

export const SAMPLES: readonly Sample[] = [
  { id: 'ship', title: 'Sailboat', label: 'ship' },
  { id: 'airplane', title: 'Airliner', label: 'airplane' },
  { id: 'automobile', title: 'Red car', label: 'automobile' },
  { id: 'truck', title: 'Lorry', label: 'truck' },
  { id: 'frog', title: 'Frog', label: 'frog' },
  { id: 'horse', title: 'Horse', label: 'horse' },
  { id: 'deer', title: 'Deer', label: 'deer' },
  { id: 'dog', title: 'Dog', label: 'dog' },
  { id: 'cat', title: 'Cat', label: 'cat' },
  { id: 'bird', title: 'Bird', label: 'bird' },
];

export const samplePath = (id: string): string => `samples/${id}.png`;
