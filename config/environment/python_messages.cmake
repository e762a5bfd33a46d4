# Included by CMake after project() of a message package, so that `make env` builds only what rclpy over Fast DDS takes:
# the messages in C and Python, their hashes (REP-2011), their CDR, and the C introspection that Fast DDS announces types
# with (without it, it fills the log). Without what is for C++ the build takes two fifths of the processor time: 84 s instead
# of 212 s for storegraph_msgs, the sum over all its commands. colcon does not include this, and builds all a ROS user expects.

# These register the generators; the package's own find_package of them then does nothing.
find_package(ament_cmake REQUIRED)
find_package(rosidl_default_generators REQUIRED)
list(FILTER AMENT_EXTENSIONS_rosidl_generate_idl_interfaces INCLUDE REGEX
  "^rosidl_(generator_type_description|generator_c|generator_py|typesupport_c|typesupport_fastrtps_c|typesupport_introspection_c):")

# The only C++ among it. Most of its time goes into Fast CDR's headers, which so are read twice, not once a message.
cmake_language(DEFER CALL set_target_properties ${PROJECT_NAME}__rosidl_typesupport_fastrtps_c
  PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
