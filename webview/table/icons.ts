/** The page's pictograms, as paths of 16 by 16. */
export const icons = {
  pin: 'M5 1h6v1h-1v5l2 2v1H8.5v5h-1v-5H4V9l2-2V2H5zm2 1v5.4L5.4 9h5.2L9 7.4V2z',
  hide: 'M8 7.06 11.53 3.53l.94.94L8.94 8l3.53 3.53-.94.94L8 8.94l-3.53 3.53-.94-.94L7.06 8 3.53 4.47l.94-.94z',
};
