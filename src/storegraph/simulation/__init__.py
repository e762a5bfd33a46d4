"""The simulated store: people, goods and sensors, with the truth.

A scenario (`scenario`) is cast for a store and a seed (`casting`), which makes a script (`script`). Acting it out
(`acting`) gives a performance (`performance`): where every joint and every item is at every moment. The sensors are
functions of a performance: scales, cameras, gates. Nothing below `acting` decides what happens, and nothing above it
knows of sensors.
"""
